import { describe, expect, test } from 'vitest'
import { createSurface, messageOf, say, showDialog } from './editor.ts'

describe('messages to the person', () => {
  test('come one after the other, each with a number of its own', () => {
    const surface = createSurface()
    say(surface, 'first')
    say(surface, 'second', 'bad')
    expect(surface.getState().toasts).toEqual([
      { id: 1, tone: 'plain', text: 'first' },
      { id: 2, tone: 'bad', text: 'second' },
    ])
  })
  test('are at most four; the oldest goes', () => {
    const surface = createSurface()
    for (const text of ['1', '2', '3', '4', '5']) say(surface, text)
    expect(surface.getState().toasts.map((toast) => toast.text)).toEqual(['2', '3', '4', '5'])
  })
  test('of an error say its hint too', () => {
    expect(messageOf(Object.assign(new Error('No answer.'), { hint: 'Start the server.' }))).toBe(
      'No answer. Start the server.',
    )
    expect(messageOf('plain text')).toBe('plain text')
  })
})

test('one dialog is open at a time', () => {
  const surface = createSurface()
  showDialog(surface, { type: 'templates' })
  showDialog(surface, { type: 'missing' })
  expect(surface.getState().dialog).toEqual({ type: 'missing' })
})
