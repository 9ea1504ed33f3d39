import { expect, test } from 'vitest'
import type { ComfyInput } from '../classes/comfy-class.ts'
import { coerceValue } from './coerce-value.ts'

const files: { readonly [folder: string]: readonly string[] } = {
  checkpoints: ['SD1.5/a.safetensors'],
  input: ['a.png', 'clipspace/b.png', 'odd [input]'],
  output: ['c.png'],
  temp: ['d.png'],
}
const read = (input: Partial<ComfyInput>, given: string) =>
  coerceValue({ name: 'x', type: 'COMBO', options: {}, ...input }, given, (folder) => files[folder] ?? [])

test.each([
  ['checkpoints', 'SD1.5\\a.safetensors', 'SD1.5/a.safetensors'],
  ['input', 'a.png [input]', 'a.png'],
  ['input', 'clipspace\\b.png [input]', 'clipspace/b.png'],
  ['input', 'odd [input]', 'odd [input]'],
  ['input', 'c.png [output]', 'c.png [output]'],
  ['input', 'd.png [temp]', 'd.png [temp]'],
])('a file of %s may be called %s', (folder, given, value) => {
  expect(read({ folder }, given)).toEqual({ value })
})

test.each([
  ['input', 'c.png [input]'],
  ['input', 'a.png [output]'],
  ['checkpoints', 'a.png [input]'],
])('no file of %s is called %s', (folder, given) => {
  expect(read({ folder }, given)).toMatchObject({ error: { type: 'value_not_in_list' } })
})

test('a sampler may be called as it was until 2023', () => {
  expect(read({ choices: ['euler', 'heun'] }, 'sample_heun')).toEqual({ value: 'heun' })
})
