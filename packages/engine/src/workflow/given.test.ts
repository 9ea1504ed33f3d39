import { expect, test } from 'vitest'
import { given } from './given.ts'

test('members that are undefined are left out, and no others', () => {
  const members = given({ a: undefined, b: null, c: 0, d: '', e: false })
  expect(members).toStrictEqual({ b: null, c: 0, d: '', e: false })
  expect('a' in members).toBe(false)
})
