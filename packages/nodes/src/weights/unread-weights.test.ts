import { createWeightSource, float32, weightOf, weightsUnder } from '@patchbay/onnx'
import { expect, test } from 'vitest'
import { unreadMessage, unreadOf } from './unread-weights.ts'

const sourceOf = (...names: readonly string[]) =>
  createWeightSource(names.map((name) => weightOf(name, float32([1], [0]))))

test('names that no part has taken are told, under whatever name the parts know theirs', () => {
  const file = sourceOf('unet.a', 'vae.b', 'edm_mean', 'vae.c')
  const parts = [weightsUnder(file, 'unet.'), undefined, weightsUnder(sourceOf('vae.b'), 'vae.')]
  expect(unreadOf(file, parts)).toEqual(['edm_mean', 'vae.c'])
})

test('what training leaves in a file is not', () => {
  const file = sourceOf(
    'model_ema.diffusion_modelinput_blocks00weight',
    'sqrt_one_minus_alphas_cumprod',
    'log_one_minus_alphas_cumprod',
    'alphas_cumprod_prev',
    'posterior_mean_coef1',
    'cond_stage_model.logit_scale',
    'cond_stage_model.transformer.text_model.embeddings.position_ids',
    'v_pred',
  )
  expect(unreadOf(file, [])).toEqual([])
})

test('the sentence has the first names and the count, and there is none where all is read', () => {
  expect(unreadMessage('x.ckpt', [])).toBeUndefined()
  expect(unreadMessage('x.ckpt', ['a', 'b', 'c', 'd', 'e'])).toContain(
    'x.ckpt: 5 of its weights are not read: a, b, c and 2 more.',
  )
})
