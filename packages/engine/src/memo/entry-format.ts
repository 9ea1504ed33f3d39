import { given, type JsonValue } from '../workflow/index.ts'
import { createHash } from 'node:crypto'
import type { Outputs } from '../definition/node-declaration.ts'
import { type OutputRecord, ValueList } from '../definition/flowing.ts'
import { socketTypeOf } from '../definition/registry.ts'
import { Blocked } from '../definition/blocked.ts'
import type { SocketType } from '../definition/socket-type.ts'

/*
 * An entry on disk: 4 bytes "PBM1", 32 bytes SHA-256 of all that follows, 4 bytes length of the header (little endian),
 * the header as JSON, then the bytes of all values one after the other.
 */
const magic = Buffer.from('PBM1')
const headerAt = magic.length + 32 + 4

interface Header {
  readonly outputs: {
    readonly [name: string]: { readonly type: string; readonly isList: boolean; readonly values: readonly Stored[] }
  }
}
type Stored =
  | { readonly codec: string; readonly bytes: number }
  /** A value that will not come. */
  | { readonly blocked: true; readonly reason?: string }

const plainCodec = 'json'

/** The bytes of results; undefined when one of them has no codec and is not plain JSON. */
export async function encodeEntry(results: OutputRecord, outputs: Outputs): Promise<Buffer | undefined> {
  const header: Record<string, Header['outputs'][string]> = {}
  const parts: Uint8Array[] = []
  for (const [name, value] of Object.entries(results)) {
    const declared = outputs[name]
    if (!declared) return undefined
    const type = socketTypeOf(declared)
    const stored: Stored[] = []
    for (const one of value instanceof ValueList ? value.values : [value]) {
      if (one instanceof Blocked) {
        stored.push({ blocked: true, ...given({ reason: one.reason }) })
        continue
      }
      const bytes = await encodeValue(one, type)
      if (!bytes) return undefined
      stored.push({ codec: codecNameOf(type), bytes: bytes.byteLength })
      parts.push(bytes)
    }
    header[name] = { type: type.name, isList: value instanceof ValueList, values: stored }
  }
  const headerBytes = Buffer.from(JSON.stringify({ outputs: header } satisfies Header))
  const length = Buffer.alloc(4)
  length.writeUInt32LE(headerBytes.length)
  const body = Buffer.concat([length, headerBytes, ...parts])
  return Buffer.concat([magic, digestOf(body), body])
}

/** The results in an entry; undefined when it is damaged, or was written for outputs or codecs that are no more. */
export async function decodeEntry(entry: Buffer, outputs: Outputs): Promise<OutputRecord | undefined> {
  if (entry.length < headerAt || !entry.subarray(0, magic.length).equals(magic)) return undefined
  const body = entry.subarray(magic.length + 32)
  if (!digestOf(body).equals(entry.subarray(magic.length, magic.length + 32))) return undefined
  const headerLength = body.readUInt32LE(0)
  // The digest has vouched for it: these are the bytes that `encodeEntry` wrote.
  const header = JSON.parse(body.toString('utf8', 4, 4 + headerLength)) as Header
  const names = Object.keys(outputs)
  if (names.length !== Object.keys(header.outputs).length) return undefined
  const results: Record<string, unknown> = {}
  let at = 4 + headerLength
  for (const [name, { type: typeName, isList, values }] of Object.entries(header.outputs)) {
    const declared = outputs[name]
    const type = declared && socketTypeOf(declared)
    if (type?.name !== typeName) return undefined
    const decoded: unknown[] = []
    for (const stored of values) {
      if ('blocked' in stored) {
        decoded.push(new Blocked(stored.reason))
        continue
      }
      if (stored.codec !== codecNameOf(type)) return undefined
      // A copy: a decoder may keep a view, and views of numbers want aligned bytes.
      const bytes = new Uint8Array(body.subarray(at, at + stored.bytes))
      at += stored.bytes
      decoded.push(type.codec ? await type.codec.decode(bytes) : JSON.parse(Buffer.from(bytes).toString()))
    }
    results[name] = isList ? new ValueList(decoded) : decoded[0]
  }
  return results
}

async function encodeValue(value: unknown, { codec }: SocketType): Promise<Uint8Array | undefined> {
  if (codec) return await codec.encode(value)
  return isPlainJson(value) ? Buffer.from(JSON.stringify(value)) : undefined
}

function codecNameOf({ codec }: SocketType): string {
  return codec ? `:${codec.name}` : plainCodec
}

function digestOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

/** Whether JSON gives a value back as it was: no buffers, no classes, no NaN, no -0, no holes. */
export function isPlainJson(value: unknown): value is JsonValue {
  const open = [value]
  while (open.length > 0) {
    const next = open.pop()
    switch (typeof next) {
      case 'string':
      case 'boolean':
        break
      case 'number':
        if (!Number.isFinite(next) || Object.is(next, -0)) return false
        break
      case 'object': {
        if (next === null) break
        const prototype: unknown = Object.getPrototypeOf(next)
        if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return false
        // `forEach` and `Object.values` would pass over holes.
        const members = Array.isArray(next) ? Array.from(next) : Object.values(next)
        for (const member of members) open.push(member)
        break
      }
      default:
        return false
    }
  }
  return true
}
