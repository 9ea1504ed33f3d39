import { expect, test } from 'vitest'
import { panOf } from './wheel.ts'

const turn = { deltaX: 0, deltaY: 0, deltaMode: 0, ctrlKey: false, metaKey: false, shiftKey: false }

test('the wheel zooms, or moves the view where that is chosen', () => {
  expect(panOf({ ...turn, deltaY: 40 }, 'zoom')).toBeUndefined()
  expect(panOf({ ...turn, deltaX: 5, deltaY: 40 }, 'pan')).toEqual({ x: -5, y: -40 })
})

test('sideways moves the view with either choice, and so does Shift', () => {
  expect(panOf({ ...turn, deltaX: 30, deltaY: 2 }, 'zoom')).toEqual({ x: -30, y: -2 })
  expect(panOf({ ...turn, deltaY: 3, deltaMode: 1, shiftKey: true }, 'zoom')).toEqual({ x: -48, y: 0 })
})

test('a pinch zooms with either choice', () => {
  expect(panOf({ ...turn, deltaX: 30, deltaY: 4, ctrlKey: true }, 'pan')).toBeUndefined()
})
