import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { defaultBytes, weightCacheOf } from './weight-cache.ts'

const gibibyte = 2 ** 30

test.each([
  [10, 0],
  [31, 0],
  [32, 8],
  [80, 20],
  [1000, 32],
])('of %i GiB of free disk the weight cache takes %i', (free, taken) => {
  expect(defaultBytes(free * gibibyte)).toBe(taken * gibibyte)
})

test('a size that was asked for holds, and 0 is no cache', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-weights-'))
  expect(await weightCacheOf(folder, 5)).toEqual({ folder, maxBytes: 5 })
  expect(await weightCacheOf(folder, 0)).toBeUndefined()
})

test('one that is yet to be made takes its share of the disk that it will be on', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-weights-'))
  expect(await weightCacheOf(join(folder, 'a', 'b'), undefined)).toEqual(
    (await weightCacheOf(folder, undefined)) && { folder: join(folder, 'a', 'b'), maxBytes: expect.any(Number) },
  )
})
