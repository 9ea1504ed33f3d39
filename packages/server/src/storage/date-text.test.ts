import { expect, test } from 'vitest'
import { dateText, withDates } from './date-text.ts'

const at = new Date(2026, 2, 5, 7, 8, 9)

test.each([
  ['yyyy-MM-dd', '2026-03-05'],
  ['d.M.yy', '5.3.26'],
  ['hhmmss', '070809'],
  ['h:m:s', '7:8:9'],
])('%s is %s', (format, text) => {
  expect(dateText(format, at)).toBe(text)
})

test('dates in a text are filled in, and other patterns stay', () => {
  expect(withDates('%date:yyyy%/a_%date%_%width%', at)).toBe('2026/a_20260305070809_%width%')
})
