import { createHash } from 'node:crypto'

/** A digest of everything that can be reached from a value: two values of the same content give the same text. */
export function contentOf(value: unknown): string {
  const hash = createHash('sha256')
  const seen = new Map<object, number>()
  const open: unknown[] = [value]
  while (open.length > 0) {
    const next = open.pop()
    if (typeof next !== 'object' || next === null) {
      hash.update(`${typeof next} ${Object.is(next, -0) ? '-0' : String(next)};`)
      continue
    }
    const known = seen.get(next)
    if (known !== undefined) {
      hash.update(`again ${known};`)
      continue
    }
    seen.set(next, seen.size)
    hash.update(`${next.constructor?.name ?? 'object'};`)
    if (ArrayBuffer.isView(next)) hash.update(new Uint8Array(next.buffer, next.byteOffset, next.byteLength))
    else if (next instanceof ArrayBuffer) hash.update(new Uint8Array(next))
    else if (next instanceof Map || next instanceof Set) open.push(...next)
    else {
      for (const [key, member] of Object.entries(next)) {
        hash.update(`${key}:`)
        open.push(member)
      }
    }
  }
  return hash.digest('hex')
}
