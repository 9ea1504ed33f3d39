import { expect, test } from 'vitest'
import { nearestName } from './nearest-name.ts'

test.each([
  ['saturate', ['Saturation', 'Saturate'], 'Saturate'],
  ['LoadImge', ['LoadMask', 'LoadImage'], 'LoadImage'],
  ['stepz', ['seed', 'steps', 'step'], 'steps'],
  ['prompt', ['seed', 'steps'], undefined],
  ['x', ['ab', 'y'], 'y'],
  ['x', ['ab'], undefined],
  ['x', [], undefined],
])('the name nearest to %s of %j is %s', (name, names, expected) => {
  expect(nearestName(name, names)).toBe(expected)
})
