import { expect, test } from 'vitest'
import { filledPrefix, plainPrefix } from './host-services.ts'

test.each([
  ['sub\\x', 'sub/x'],
  ['a/', 'a'],
  ['a//b', 'a/b'],
  ['./a', 'a'],
  ['a/../b', 'b'],
  ['größe 1', 'größe 1'],
])('the prefix %s is saved as %s', (wanted, prefix) => {
  expect(plainPrefix(wanted)).toBe(prefix)
})

test.each([
  ['../x', 'leaves the folder'],
  ['a/../../x', 'leaves the folder'],
  ['/etc/x', 'leaves the folder'],
  ['..\\x', 'leaves the folder'],
  ['', 'no name'],
  ['a:b', 'no name'],
  ['CON', 'no name'],
  ['x'.repeat(300), 'no name'],
])('the prefix %s is refused by name', (wanted, reason) => {
  expect(() => plainPrefix(wanted)).toThrow(new RegExp(`prefix .*${reason}`))
})

test('dates are filled in when a file is saved', () => {
  const at = new Date(2026, 2, 5)
  const about = { extension: 'png', kind: 'image', width: 8, height: 9, index: 0 } as const
  const prefix = '%date:yyyy-MM-dd%/%width%_%batch_num%_%no%'
  expect(filledPrefix({ ...about, prefix }, at)).toBe('2026-03-05/8_0_%no%')
})
