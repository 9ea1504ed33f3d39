import { type OutputRecord, ValueList } from '../definition/flowing.ts'
import type { Outputs } from '../definition/node-declaration.ts'
import { socketTypeOf } from '../definition/registry.ts'
import { Blocked } from '../definition/blocked.ts'

/** Rough cost of an entry beside its values. */
const entryBytes = 200
/** A value with more members than this is estimated from these. */
const mostMembers = 10_000

/** Size of results in memory, by the socket types where they know it, else estimated. */
export function bytesOfResults(results: OutputRecord, outputs: Outputs): number {
  let bytes = entryBytes
  for (const name in results) {
    const declared = outputs[name]
    const type = declared && socketTypeOf(declared)
    const value = results[name]
    for (const one of value instanceof ValueList ? value.values : [value]) {
      const isValue = one !== undefined && !(one instanceof Blocked)
      bytes += type?.bytesOf && isValue ? type.bytesOf(one) : estimatedBytes(one)
    }
  }
  return bytes
}

/** Walks a value without recursion; buffers that are seen twice count once. */
export function estimatedBytes(value: unknown): number {
  if (typeof value === 'number' || typeof value === 'boolean') return 8
  let bytes = 0
  let members = 0
  const seen = new Set<object>()
  const open = [value]
  while (open.length > 0 && members < mostMembers) {
    const next = open.pop()
    members++
    bytes += 8
    if (typeof next === 'string') bytes += next.length * 2
    if (typeof next !== 'object' || next === null || seen.has(next)) continue
    seen.add(next)
    if (ArrayBuffer.isView(next)) bytes += next.byteLength
    else if (next instanceof ArrayBuffer) bytes += next.byteLength
    else for (const member of Object.values(next)) open.push(member)
  }
  return bytes
}
