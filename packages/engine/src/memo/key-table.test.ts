import { describe, expect, test } from 'vitest'
import { KeyTable } from './key-table.ts'

/** Knuth's MMIX generator, high bits. */
function* draws(seed: bigint): Generator<number> {
  for (let state = seed; ;) {
    state = (state * 6364136223846793005n + 1442695040888963407n) & (2n ** 64n - 1n)
    yield Number(state >> 34n)
  }
}

describe('a table of keys', () => {
  test.each([1n, 2n, 3n])('does what a Map does, whatever is set and deleted in whatever order (seed %s)', (seed) => {
    const random = draws(seed)
    const draw = (below: number) => random.next().value % below
    const table = new KeyTable()
    const map = new Map<number, number>()
    // Few keys, so that they are set, deleted and set again, and lie close to one another.
    const keys = Array.from({ length: 600 }, (_, index) => (index % 2 === 0 ? index : draw(2 ** 30)))
    for (let turn = 0; turn < 20_000; turn++) {
      const key = keys[draw(keys.length)] ?? 0
      if (draw(5) < 2) {
        table.delete(key)
        map.delete(key)
      } else {
        table.set(key, turn)
        map.set(key, turn)
      }
    }
    expect(keys.map((key) => table.get(key))).toEqual(keys.map((key) => map.get(key) ?? -1))
    expect(table.size).toBe(map.size)
  })

  test('grows to as many entries as come', () => {
    const table = new KeyTable()
    for (let key = 0; key < 100_000; key++) table.set(key * 7, key)
    expect(Array.from({ length: 100_000 }, (_, key) => table.get(key * 7)).every((value, key) => value === key)).toBe(
      true,
    )
    expect([table.size, table.get(3)]).toEqual([100_000, -1])
  })
})
