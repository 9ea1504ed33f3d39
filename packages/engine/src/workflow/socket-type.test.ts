import { expect, test } from 'vitest'
import { canConnect } from './socket-type.ts'

test('the same type fits, and one of several', () => {
  expect(canConnect('latents', ['latents'])).toEqual({ ok: true })
  expect(canConnect('mask', ['image', 'mask'])).toEqual({ ok: true })
})

test('any type fits both ways', () => {
  expect(canConnect('*', ['image'])).toEqual({ ok: true })
  expect(canConnect('image', ['*'])).toEqual({ ok: true })
})

test('a conversion is named, and only where the type does not fit as it is', () => {
  expect(canConnect('int', ['float'])).toEqual({ ok: true, coercion: { from: 'int', to: 'float' } })
  expect(canConnect('int', ['float', 'int'])).toEqual({ ok: true })
})

test('a whole number goes where a float goes, and never the other way', () => {
  expect(canConnect('float', ['int']).ok).toBe(false)
})

test('a refusal reads as a sentence', () => {
  expect(canConnect('latents', ['image', 'mask'])).toEqual({
    ok: false,
    reason: '"latents" is not assignable to "image" or "mask"',
  })
})

test('a way over one more type is told, not taken', () => {
  const coercions = [
    { from: 'image', to: 'mask' },
    { from: 'mask', to: 'latents' },
  ]
  expect(canConnect('image', ['latents'], coercions)).toEqual({
    ok: false,
    reason: '"image" is not assignable to "latents" (a node that turns it into "mask" first would do)',
  })
})
