import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { float32 } from '../tensor/tensor.ts'
import { cachedWeights, pruneWeightCache } from './weight-cache.ts'
import { readWeightAsFloat32, weightOf } from './weight-source.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'patchbay-cache-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

const kibibyte = 1024

/** A form of one weight of 4 KiB. */
function cached(value: number, limit?: number) {
  const weight = weightOf('w', float32([kibibyte], new Float32Array(kibibyte).fill(value)))
  return cachedWeights(folder, 'float32', [weight], () => [weight], limit === undefined ? {} : { limit })
}

/** Says that a file was last used so many hours ago. */
const usedHoursAgo = (path: string, hours: number): void =>
  utimesSync(path, new Date(Date.now() - hours * 3_600_000), statSync(path).mtime)

describe('a folder of cached weights', () => {
  test('holds what fits its limit: those unused for longest go when another is written', () => {
    const [oldest, old, used] = [cached(1), cached(2), cached(3)]
    for (const each of [oldest, old, used]) each.open()
    usedHoursAgo(oldest.path, 3)
    usedHoursAgo(old.path, 2)
    usedHoursAgo(used.path, 4)
    used.open()
    const added = cached(4, 3 * 4.5 * kibibyte)
    added.open()
    expect([oldest, old, used, added].map(({ path }) => existsSync(path))).toEqual([false, true, true, true])
  })

  test('keeps what was just written, though it alone is larger than the limit', () => {
    cached(1).open()
    const source = cached(2, 10).open()
    expect(readWeightAsFloat32(source, 'w')[0]).toBe(2)
    expect(readdirSync(folder)).toEqual([basename(cached(2).path)])
  })

  test('is cleared of what a killed process left half written, and of no file that is not its own', () => {
    cached(1).open()
    const partials = ['1', '2'].map((pid) => `${cached(9).path}.partial-${pid}`)
    const foreign = join(folder, 'model.safetensors')
    for (const path of [...partials, foreign]) writeFileSync(path, new Uint8Array(9 * kibibyte))
    const twoHours = new Date(Date.now() - 7_200_000)
    utimesSync(partials[0]!, twoHours, twoHours)
    pruneWeightCache(folder, 0)
    expect(readdirSync(folder).toSorted()).toEqual([basename(partials[1]!), 'model.safetensors'].toSorted())
  })

  test('tells when a file was used without changing when it was made', () => {
    const { path, open } = cached(1)
    open()
    const made = statSync(path).mtimeMs
    usedHoursAgo(path, 5)
    cached(1).open()
    expect(statSync(path).mtimeMs).toBe(made)
    expect(statSync(path).atimeMs).toBeGreaterThan(Date.now() - 60_000)
  })
})
