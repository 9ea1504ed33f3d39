import { describe, expect, test } from 'vitest'
import { imageFrom, sizeOfImage } from './image.ts'
import { linesOf } from './label.ts'
import { labelledGrid, labelOf } from './labelled-grid.ts'

const style = { size: 10, color: '#000000', background: '#ffffff', gap: 2 }
const flat = (value: number, width = 40) => imageFrom({ batch: 1, height: 20, width, channels: 3 }, () => value)

describe('a grid', () => {
  test('has each picture in its column and row, and words at their sides', async () => {
    const grid = await labelledGrid(
      [0.1, 0.2, 0.3, 0.4].map((value) => flat(value)),
      { columns: ['a', 'b'], rows: ['c', 'd'] },
      style,
    )
    const { width, height } = sizeOfImage(grid)
    const at = (x: number, y: number) => grid.data[(y * width + x) * 3]
    // From the far end, where no label is: gap, picture, gap, picture.
    expect(at(width - 3, height - 3)).toBeCloseTo(0.4)
    expect(at(width - 45, height - 3)).toBeCloseTo(0.3)
    expect(at(width - 3, height - 25)).toBeCloseTo(0.2)
    expect(at(width - 45, height - 25)).toBeCloseTo(0.1)
    const header = grid.data.subarray(0, (height - 46) * width * 3)
    expect(Math.min(...header)).toBeLessThan(0.5)
  })

  test('of several pages is a batch of them', async () => {
    const grid = await labelledGrid([flat(0), flat(1)], { columns: ['a'], pages: ['one', 'two'] }, style)
    expect(sizeOfImage(grid).batch).toBe(2)
  })

  test('takes one picture for each combination, of one size', async () => {
    await expect(labelledGrid([flat(0)], { columns: ['a', 'b'] }, style)).rejects.toThrow(
      'A grid of 2 columns, 1 rows and 1 pages takes 2 pictures, but got 1',
    )
    await expect(labelledGrid([flat(0), flat(0, 30)], { columns: ['a', 'b'] }, style)).rejects.toThrow(
      'got 40 × 20 and 30 × 20: resize them first',
    )
  })
})

test('long labels are broken between words, and inside those that do not fit', () => {
  expect(linesOf('a red apple on a table', 60, 10)).toEqual(['a red', 'apple on a', 'table'])
  expect(linesOf('dpmpp_2m_sde_heun', 60, 10)).toEqual(['dpmpp_2m_s', 'de_heun'])
})

test('values are named in few digits', () => {
  expect([0.30000000000000004, 7, 'euler', '', 12n].map(labelOf)).toEqual(['0.3', '7', 'euler', '(empty)', '12'])
})
