import { expect, test } from 'vitest'
import { automaticRequest } from './request.ts'

test('null for any field means its default, inside the settings too', () => {
  const names = Object.keys(automaticRequest({}))
  const nulls = Object.fromEntries([...names, 'mask', 'scheduler', 'init_images'].map((name) => [name, null]))
  expect(automaticRequest({ ...nulls, override_settings: { sd_model_checkpoint: null } })).toEqual({
    ...automaticRequest({}),
    override_settings: {},
  })
  expect(automaticRequest({ denoising_strength: null }).denoising_strength).toBe(0.75)
})

test('a field of another type or out of its range is refused by its name', () => {
  expect(() => automaticRequest({ steps: 0, cfg_scale: 'high' })).toThrow(/^steps: .*; cfg_scale: /)
})
