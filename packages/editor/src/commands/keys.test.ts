import { expect, test } from 'vitest'
import { bound, commandFor, keysOf, unbound } from './keys.ts'
import { commands } from './commands.ts'

const pressed = (key: string, more: Partial<KeyboardEvent> = {}): KeyboardEvent =>
  ({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...more }) as KeyboardEvent
const keysNow = (id: string, bindings: { readonly [id: string]: readonly string[] }): readonly string[] =>
  keysOf(commands.find((one) => one.id === id) ?? { id }, bindings)

test('no two commands share a usual key', () => {
  const all = commands.flatMap(({ keys }) => keys ?? [])
  expect(all.filter((key, at) => all.indexOf(key) !== at)).toEqual([])
})

test('a chosen key calls its command, and is taken from the command that had it', () => {
  const bindings = bound({}, 'arrange', 'Ctrl+D')
  expect(commandFor(pressed('d', { ctrlKey: true }), bindings)?.id).toBe('arrange')
  expect(keysNow('arrange', bindings)).toEqual(['Ctrl+Shift+L', 'Ctrl+D'])
  expect(keysNow('duplicate', bindings)).toEqual([])
})

test('only what differs from the usual keys is kept', () => {
  const away = unbound({}, 'fit', '.')
  expect(away).toEqual({ fit: [] })
  expect(commandFor(pressed('.'), away)).toBeUndefined()
  expect(bound(away, 'fit', '.')).toEqual({})
})
