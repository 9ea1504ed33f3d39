import { describe, expect, test } from 'vitest'
import { memoryText, totalOf } from './estimate.ts'

const node = (id: string, takes: { seconds?: number; bytes?: number }) => ({ node: id, type: 'Sample', ...takes })

describe('what a whole run takes', () => {
  test('adds up times, and is the memory of the most hungry node', () => {
    const estimates = [node('a', { seconds: 2, bytes: 3e9 }), node('b', { seconds: 0.5, bytes: 1e9 })]
    expect(totalOf(estimates)).toEqual({ seconds: 2.5, bytes: 3e9 })
  })

  test('has no time while that of one node is not known', () => {
    expect(totalOf([node('a', { seconds: 2 }), node('b', { bytes: 1e9 })])).toEqual({ bytes: 1e9 })
  })

  test('is nothing where no node tells', () => {
    expect(totalOf([])).toBeUndefined()
  })

  test('is written with two digits', () => {
    expect([1.44e9, 12.6e9, 356e6, 999e6].map(memoryText)).toEqual(['1.4 GB', '13 GB', '360 MB', '1000 MB'])
  })
})
