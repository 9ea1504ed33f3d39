import { describe, expect, test } from 'vitest'
import { pictureGraph } from '../graph/picture-graph.ts'
import { type Listing, presentFiles } from './file-names.ts'
import { planOf } from './plan-of.ts'
import { automaticRequest } from './request.ts'
import type { Sources } from './source-pictures.ts'

const listing: Listing = {
  checkpoints: ['sd15.safetensors', 'sub/refiner.safetensors'],
  loras: ['kohya.safetensors', 'paint.safetensors'],
  vae: ['fine.safetensors'],
  upscale_models: ['4x-UltraSharp.pth'],
  embeddings: ['a-emb.pt'],
}
const sources: Sources = { from: 'pictures', files: ['init.png'] }
const nodesOf = (fields: object, from?: Sources) => {
  const { request } = automaticRequest({ seed: 1, ...fields }, from ? 'img2img' : 'txt2img')
  const { plan } = planOf(request, presentFiles(listing), {}, from)
  return pictureGraph({ ...plan, saving: { ...plan.saving, parameters: [] } }).nodes
}

describe('the workflow of a request', () => {
  test('applies each LoRA of the prompt to the model and the encoder, and reads the prompt without its tags', () => {
    const nodes = nodesOf({ prompt: 'fox <lora:kohya:0.5> <lora:paint:0.2:0.9> a-emb', negative_prompt: 'bad' })
    expect(nodes['lora1']).toMatchObject({
      type: 'LoadLora',
      values: { lora: 'kohya.safetensors', modelStrength: 0.5, textStrength: 0.5 },
      links: { model: { node: 'checkpoint' }, textEncoder: { node: 'checkpoint' } },
    })
    expect(nodes['lora2']).toMatchObject({
      values: { modelStrength: 0.9, textStrength: 0.2 },
      links: { model: { node: 'lora1' } },
    })
    expect(nodes['sample']?.links['model']).toEqual({ node: 'lora2', output: 'model' })
    expect(nodes['positive']).toMatchObject({
      values: { text: 'fox   embedding:a-emb' },
      links: { textEncoder: { node: 'lora2' } },
    })
    expect(nodes['negative']).toMatchObject({ values: { text: 'bad' }, links: { textEncoder: { node: 'lora2' } } })
  })

  test('takes the checkpoint, the VAE and the layer of the text encoder from the settings that it overrides', () => {
    const override = { sd_model_checkpoint: 'SD15 [abcdef]', sd_vae: 'fine.safetensors', CLIP_stop_at_last_layers: 2 }
    const nodes = nodesOf({ override_settings: override })
    expect(nodes['checkpoint']?.values).toEqual({ checkpoint: 'sd15.safetensors' })
    expect(nodes['decode']?.links['vae']).toEqual({ node: 'vae', output: 'vae' })
    expect(nodes['clipSkip']?.values).toEqual({ layerFromEnd: 2 })
    expect(nodesOf({ clip_skip: 2 })['clipSkip']?.values).toEqual({ layerFromEnd: 2 })
  })

  test.each([
    [20, 0.75, undefined, { steps: 20, skipped: 4 }],
    [20, 1, undefined, { steps: 20, skipped: 0 }],
    [20, 0.01, undefined, { steps: 20, skipped: 19 }],
    [20, 0.5, true, { steps: 40, skipped: 20 }],
  ])(
    'of %i steps that changes a picture by %f takes the last steps of %j',
    (steps, denoising_strength, fixed, expected) => {
      const settings = fixed ? { img2img_fix_steps: true } : {}
      const nodes = nodesOf({ steps, denoising_strength, override_settings: settings }, sources)
      expect(nodes['sampleSigmas']?.values).toMatchObject({ steps: expected.steps })
      expect(nodes['sampleSplit']?.values).toEqual({ step: expected.skipped })
      expect(nodes['sample']?.links['sigmas']).toEqual({ node: 'sampleSplit', output: 'low' })
    },
  )

  test('enlarges with a network between two passes, each with its own prompt and sampler', () => {
    const hires = {
      enable_hr: true,
      hr_upscaler: '4x-UltraSharp',
      hr_prompt: 'owl <lora:paint:1>',
      hr_sampler_name: 'Euler a',
    }
    const nodes = nodesOf({ prompt: 'fox', steps: 10, denoising_strength: 0.5, hr_second_pass_steps: 6, ...hires })
    expect(nodes['upscaler']?.values).toEqual({ upscaler: '4x-UltraSharp.pth' })
    expect(nodes['positiveSecond']?.values).toMatchObject({ text: 'owl ' })
    expect(nodes['second']).toMatchObject({
      values: { sampler: 'euler_ancestral' },
      links: { model: { node: 'lora1Second' } },
    })
    expect([nodes['secondSigmas']?.values['steps'], nodes['secondSplit']?.values['step']]).toEqual([12, 6])
    expect(nodes['enlarge']?.values).toMatchObject({ width: 1024, height: 1024 })
  })

  test('hands over to a refiner after its share of the steps', () => {
    const nodes = nodesOf({ steps: 20, refiner_checkpoint: 'refiner', refiner_switch_at: 0.8 })
    expect(nodes['checkpointRefiner']?.values).toEqual({ checkpoint: 'sub/refiner.safetensors' })
    expect(nodes['switch']?.values).toEqual({ step: 16 })
    expect(nodes['refine']).toMatchObject({
      values: { addNoise: false },
      links: { model: { node: 'checkpointRefiner' } },
    })
    expect(() => nodesOf({ refiner_checkpoint: 'refiner', refiner_switch_at: 0.8, enable_hr: true })).toThrow(
      'refiner_checkpoint',
    )
  })
})
