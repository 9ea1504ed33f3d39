import { describe, expect, test } from 'vitest'
import { meanOf, standardDeviationOf } from '../tensor/index.ts'
import { philoxBlock, philoxNormal, philoxUniform } from './philox.ts'
import { parseSeed } from './seed.ts'

describe('a Philox block', () => {
  const max = 0xffffffff
  test.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [max, max, max, max],
      [max, max],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const)('of counter %j under key %j holds the words published with Random123', (counter, key, expected) => {
    const out = new Uint32Array(4)
    philoxBlock(out, counter[0], counter[1], counter[2], counter[3], key[0], key[1])
    expect([...out]).toEqual(expected)
  })
})

describe('Philox noise', () => {
  test('is standard normal', () => {
    const { data } = philoxNormal(7, [1 << 16])
    expect(Math.abs(meanOf(data))).toBeLessThan(0.015)
    expect(Math.abs(standardDeviationOf(data) - 1)).toBeLessThan(0.01)
    const beyondTwo = data.filter((value) => Math.abs(value) > 2).length / data.length
    expect(Math.abs(beyondTwo - 0.0455)).toBeLessThan(0.004)
  })

  test('of a shorter tensor is the start of a longer one', () => {
    expect(philoxNormal(3, [4, 10]).data.slice(0, 7)).toEqual(philoxNormal(3, [7]).data)
  })

  test('differs between seeds that share their low or high word, and between streams', () => {
    const draws = [
      philoxNormal(1, [8]),
      philoxNormal(2, [8]),
      philoxNormal((1n << 32n) + 1n, [8]),
      philoxNormal(1, [8], [1, 0]),
      philoxNormal(1, [8], [0, 1]),
    ]
    expect(new Set(draws.map(({ data }) => data.join())).size).toBe(draws.length)
  })

  test('is uniform in [0, 1) when asked so', () => {
    const { data } = philoxUniform(9, [1 << 14])
    expect(data.every((value) => value >= 0 && value < 1)).toBe(true)
    expect(Math.abs(meanOf(data) - 0.5)).toBeLessThan(0.01)
    expect(Math.abs(standardDeviationOf(data) - Math.sqrt(1 / 12))).toBeLessThan(0.005)
  })
})

describe('a seed', () => {
  test('means the same as number, bigint and digits', () => {
    expect(parseSeed(42)).toBe(42n)
    expect(parseSeed('42')).toBe(42n)
    expect(parseSeed('18446744073709551615')).toBe(2n ** 64n - 1n)
  })

  test.each([-1, 1.5, 2 ** 53, '2e3', '', '18446744073709551616', -1n, Number.NaN])('refuses %s', (seed) => {
    expect(() => parseSeed(seed)).toThrow('A seed is a whole number from 0 to 18446744073709551615')
  })
})
