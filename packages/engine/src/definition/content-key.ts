import { createHash } from 'node:crypto'

/**
 * A digest of all that a plain value holds: numbers, texts, lists, records, and arrays of numbers, to any depth. Two
 * values of the same content give the same text. Undefined for a value that holds anything else: what a class of its
 * own means is not known here.
 */
export function contentKey(value: unknown): string | undefined {
  const hash = createHash('sha256')
  const open: unknown[] = [value]
  while (open.length > 0) {
    const next = open.pop()
    switch (typeof next) {
      case 'string':
        hash.update(`s${next.length}:${next}`)
        continue
      case 'number':
        hash.update(Object.is(next, -0) ? 'n-0;' : `n${next};`)
        continue
      case 'bigint':
      case 'boolean':
      case 'undefined':
        hash.update(`${typeof next} ${String(next)};`)
        continue
      case 'object':
        break
      default:
        return undefined
    }
    if (next === null) hash.update('null;')
    else if (ArrayBuffer.isView(next)) {
      hash.update(`${next.constructor.name} ${next.byteLength};`)
      hash.update(new Uint8Array(next.buffer, next.byteOffset, next.byteLength))
    } else if (Array.isArray(next)) {
      hash.update(`[${next.length};`)
      for (let index = next.length - 1; index >= 0; index--) open.push(next[index])
    } else {
      const prototype: unknown = Object.getPrototypeOf(next)
      if (prototype !== Object.prototype && prototype !== null) return undefined
      const names = Object.keys(next).sort()
      hash.update(`{${names.length};`)
      for (const name of names) open.push(Reflect.get(next, name), name)
    }
  }
  return hash.digest('base64url')
}
