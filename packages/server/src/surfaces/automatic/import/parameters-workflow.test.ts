import { describe, expect, test } from 'vitest'
import type { Listing } from '../request/file-names.ts'
import { type OpenedParameters, workflowOfParameters } from './parameters-workflow.ts'

const listing: Listing = { checkpoints: ['foo.safetensors'], loras: [], vae: [], upscale_models: [], embeddings: [] }
const text = (settings: string, prompt = 'a cat, (red:1.2)') =>
  `${prompt}\nNegative prompt: blurry\nSteps: 20, ${settings}`
const usual =
  'Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 123, Size: 512x768, Model hash: abc, Model: foo, Clip skip: 2'
const open = (settings: string, prompt?: string): OpenedParameters => {
  const opened = workflowOfParameters(text(settings, prompt), listing)
  if (!opened) throw new Error('The text is none.')
  return opened
}

describe('the text beside a picture', () => {
  test('becomes the workflow that made it', () => {
    const { document, problems } = open(`${usual}, Version: v1.6.0`)
    expect(problems).toEqual([])
    expect(document.nodes).toMatchObject({
      checkpoint: { type: 'LoadCheckpoint', values: { checkpoint: 'foo.safetensors' } },
      clipSkip: { values: { layerFromEnd: 2 } },
      positive: { values: { text: 'a cat, (red:1.2)' } },
      negative: { values: { text: 'blurry' } },
      latents: { values: { width: 512, height: 768 } },
      sample: { values: { seed: 123, steps: 20, guidanceScale: 7, sampler: 'dpmpp_2m', scheduler: 'karras' } },
      save: { type: 'SaveImage' },
    })
  })

  test('keeps the names of files that are not here, and tells them', () => {
    const { document, problems } = open(usual.replace('foo', 'v1-5.fp16'), 'cat <lora:paint:0.5>')
    expect(document.nodes['checkpoint']?.values).toEqual({ checkpoint: 'v1-5.fp16.safetensors' })
    expect(document.nodes['lora1']?.values).toMatchObject({ lora: 'paint.safetensors', modelStrength: 0.5 })
    expect(problems).toEqual([
      'The checkpoint "v1-5.fp16" is not here: put it into models/checkpoints, or choose another.',
      'The LoRA "paint" is not here: put it into models/loras, or choose another.',
    ])
    expect(workflowOfParameters(text(usual.replace('foo', 'other')))?.problems).toEqual([])
  })

  test('has a second pass where it tells of one', () => {
    const { document } = open(
      `${usual}, Denoising strength: 0.5, Hires upscale: 2, Hires steps: 6, Hires upscaler: Latent`,
    )
    expect(document.nodes['enlarge']).toMatchObject({ type: 'ResizeLatents', values: { width: 1024, height: 1536 } })
    expect(document.nodes['secondSplit']?.values).toEqual({ step: 6 })
  })

  test.each([
    ['Denoising strength: 0.7', 'It was made from another picture'],
    ['ControlNet 0: "Module: canny, Model: x"', '"ControlNet 0: Module: canny, Model: x" is not followed here.'],
    ['ENSD: 31337', '"ENSD: 31337" is not followed here.'],
    ['Face restoration: CodeFormer', '"Face restoration: CodeFormer" is not followed here.'],
  ])('tells what the workflow cannot say: %s', (setting, sentence) => {
    expect(open(`${usual}, ${setting}`).problems).toEqual([expect.stringContaining(sentence)])
  })

  test('tells a sampler, a tag and a word that cannot be followed, and goes on without them', () => {
    const settings = usual.replace('DPM++ 2M Karras', 'PLMS')
    const { document, problems } = open(settings, 'cat AND dog <hypernet:x:1>')
    expect(document.nodes['sample']?.values).toMatchObject({ sampler: 'euler' })
    expect(document.nodes['positive']?.values).toMatchObject({ text: 'cat and dog ' })
    expect(problems.join(' ')).toMatch(/hypernetworks cannot be applied.*AND, which composes.*no sampler "PLMS"/)
  })

  test('is none where there are no such settings', () => {
    expect(workflowOfParameters('a cat on a mat')).toBeUndefined()
  })
})
