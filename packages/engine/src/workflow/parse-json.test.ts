import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonLimits, parseJson } from './parse-json.ts'

test('reads whatever JSON.stringify writes', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 2, '\t'), (value, indent) => {
      const text = JSON.stringify(value, null, indent)
      fc.pre(!text.includes('"__proto__"') && !/\d{16}/.test(text))
      expect(parseJson(text)).toEqual({ ok: true, value: JSON.parse(text) })
    }),
  )
})

test('refuses what JSON.parse refuses, with a place', () => {
  const text = fc.array(
    fc.constantFrom('{', '}', '[', ']', ',', ':', '"a"', '1', '-', '.5', 'tru', 'true', '"', '\\u00', ' ', '01'),
  )
  fc.assert(
    fc.property(text, (parts) => {
      const json = parts.join('')
      let isJson = true
      try {
        JSON.parse(json)
      } catch {
        isJson = false
      }
      const parsed = parseJson(json)
      if (!parsed.ok) {
        // A key twice is the one thing that JSON.parse lets pass.
        expect(isJson && !parsed.message.includes('twice')).toBe(false)
        expect(parsed.line).toBe(1)
        expect(parsed.column).toBeGreaterThanOrEqual(1)
        expect(parsed.column).toBeLessThanOrEqual(json.length + 1)
      } else expect(isJson).toBe(true)
    }),
    { numRuns: 3000 },
  )
})

test('a mistake is told with its line and column', () => {
  expect(parseJson('{\n  "a": 1,\n  "b" 2\n}')).toEqual({
    ok: false,
    line: 3,
    column: 7,
    message: 'Expected ":", but there is "2".',
  })
})

test('an unsigned 64-bit integer past 2^53 stays exact, as its decimal string', () => {
  expect(parseJson('[18446744073709551615, 9007199254740991, 9007199254740993, 1e300, 36893488147419103232]')).toEqual({
    ok: true,
    value: ['18446744073709551615', 9007199254740991, '9007199254740993', 1e300, 36893488147419103232],
  })
})

test('a key that two edits both added is found', () => {
  expect(parseJson('{"7": {}, "8": {}, "7": {}}')).toMatchObject({
    ok: false,
    message: 'The key "7" is there twice.',
    column: 20,
  })
})

test('no prototype can be set from a document', () => {
  expect(parseJson('{"a": {"__proto__": {"polluted": true}}}')).toMatchObject({ ok: false })
})

test('nesting without end meets a sentence, not the stack', () => {
  const deep = '['.repeat(1_000_000)
  expect(parseJson(deep)).toMatchObject({ ok: false, column: 65 })
  expect(parseJson(`${'['.repeat(100_000)}${']'.repeat(100_000)}`, { length: 1e6, depth: 1e6, values: 1e6 }).ok).toBe(
    true,
  )
})

test('a text past the limit is not looked at', () => {
  expect(parseJson('[1, 2, 3]', { length: 8, depth: 8, values: 8 })).toMatchObject({
    ok: false,
    message: 'The text has 9 characters; at most 8 are read.',
  })
})

test('a byte order mark is no mistake', () => {
  expect(parseJson('\uFEFF{}')).toEqual({ ok: true, value: {} })
})

test('what a value cannot say of its text is told: fractions of nothing, exponents, large integers', () => {
  const told: [string, string][] = []
  const number = (path: readonly (string | number)[], text: string) => void told.push([path.join('.'), text])
  parseJson('{"a": [5, 5.0, {"b": 1e3}], "c": 18446744073709551615, "d": 0.5}', undefined, { number })
  expect(told).toEqual([
    ['a.1', '5.0'],
    ['a.2.b', '1e3'],
    ['c', '18446744073709551615'],
  ])
})

test('keys that JavaScript would put in another order are told as they stand', () => {
  const told: [string, readonly string[]][] = []
  const order = (path: readonly (string | number)[], keys: readonly string[]) => void told.push([path.join('.'), keys])
  parseJson('{"graph": {"9": 1, "a": {"y": 1, "x": 2}, "3": 2}}', undefined, { order })
  expect(told).toEqual([['graph', ['9', 'a', '3']]])
})

describe("Python's JSON", () => {
  const python = { ...jsonLimits, python: true }
  test('has numbers that are none, which are read as null', () => {
    expect(parseJson('[NaN, Infinity, -Infinity, -1, "NaN"]', python)).toEqual({
      ok: true,
      value: [null, null, null, -1, 'NaN'],
    })
  })
  test.each(['NaN', '[-Infinity]', '{"__proto__": 1}'])('is refused where it was not asked for: %s', (text) => {
    expect(parseJson(text).ok).toBe(false)
  })
  test('has keys of any name, which change nothing but their own value', () => {
    const parsed = parseJson('{"__proto__": {"x": 1}, "constructor": 2}', python)
    const value = parsed.ok ? (parsed.value as object) : {}
    expect([Object.entries(value), 'x' in value]).toEqual([
      [
        ['__proto__', { x: 1 }],
        ['constructor', 2],
      ],
      false,
    ])
  })
})

test('a text of many megabytes with an escape is read', () => {
  const long = 'a'.repeat(20_000_000)
  expect(parseJson(`"\\n${long}"`)).toEqual({ ok: true, value: `\n${long}` })
})

test('reading ends at the first value past the limit', () => {
  const limits = { length: 1_000, depth: 8, values: 5 }
  expect(parseJson('[1, 2, 3, {}]', limits)).toMatchObject({ ok: true })
  expect(parseJson('[1, 2, 3, {"a": 1}', limits)).toMatchObject({ ok: false, column: 17 })
  expect(parseJson('[{},{},{},{},{},{},{},', limits)).toMatchObject({ ok: false, column: 14 })
})

test.each([
  ['a number', `{"a": 1${'0'.repeat(1_000_000)}}`],
  ['a number with a fraction', `{"a": 1.${'0'.repeat(1_000_000)}}`],
  ['a key', `{"${'k'.repeat(1_000_000)}": 1}`],
])('%s of a million characters is refused, and is not repeated', (_what, text) => {
  const parsed = parseJson(text)
  expect(parsed.ok ? '' : parsed.message).toMatch(/^A .{10,80}$/)
})

test('an object of more keys than any workflow has is refused', () => {
  const keys = Array.from({ length: 200_001 }, (_, index) => `"${index}":0`)
  expect(parseJson(`{${keys.slice(1).join(',')}}`).ok).toBe(true)
  expect(parseJson(`{${keys.join(',')}}`)).toMatchObject({ ok: false, message: expect.stringContaining('200000 keys') })
})
