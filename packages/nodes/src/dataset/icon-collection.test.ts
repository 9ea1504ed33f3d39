import { expect, test } from 'vitest'
import { parseIconCollection, svgOf } from './icon-collection.ts'

const collection = parseIconCollection(
  {
    width: 32,
    height: 32,
    icons: { dog: { body: '<path d="M0 0"/>' }, wide: { body: '', left: -2, width: 48 } },
    aliases: { hound: { parent: 'dog' }, mirrored: { parent: 'dog', hFlip: true } },
  },
  'icons.json',
)

test('an icon becomes a document with both namespaces and its own box', () => {
  expect(svgOf(collection, 'dog')).toContain('xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 32 32"')
  expect(svgOf(collection, 'wide')).toContain('viewBox="-2 0 48 32"')
})

test('an alias gives its parent, unless it is turned', () => {
  expect(svgOf(collection, 'hound')).toBe(svgOf(collection, 'dog'))
  expect(svgOf(collection, 'mirrored')).toBeUndefined()
})

test('names of the language itself are no icons', () => {
  expect(svgOf(collection, 'constructor')).toBeUndefined()
})

test('another JSON file is refused with its name', () => {
  expect(() => parseIconCollection([], 'package.json')).toThrow('"package.json" is no icon collection')
})
