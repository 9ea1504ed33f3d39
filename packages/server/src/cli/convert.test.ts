import { describe, expect, test } from 'vitest'
import { parseWorkflowText } from '@patchbay/engine'
import { clientTypesOf } from './client-types.ts'
import { convert } from './convert.ts'
import { listNodes } from './nodes.ts'

/** The workflow that every ComfyUI user begins with. */
const textToImage = {
  '3': {
    class_type: 'KSampler',
    inputs: {
      model: ['4', 0],
      positive: ['6', 0],
      negative: ['7', 0],
      latent_image: ['5', 0],
      steps: 8,
      cfg: 7.5,
      sampler_name: 'euler',
      scheduler: 'normal',
      denoise: 1,
      seed: 0,
    },
  },
  '4': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'model.safetensors' } },
  '5': { class_type: 'EmptyLatentImage', inputs: { width: 64, height: 64, batch_size: 1 } },
  '6': { class_type: 'CLIPTextEncode', inputs: { text: 'a cat', clip: ['4', 1] } },
  '7': { class_type: 'CLIPTextEncode', inputs: { text: '', clip: ['4', 1] } },
  '8': { class_type: 'VAEDecode', inputs: { samples: ['3', 0], vae: ['4', 2] } },
  '9': { class_type: 'SaveImage', inputs: { images: ['8', 0], filename_prefix: 'ComfyUI' } },
}
const written = JSON.stringify(textToImage).replace('"seed":0', '"seed":18446744073709551615')

describe('converting', () => {
  test("ComfyUI's text to image becomes ours and, turned back, is what it was, its seed to the last digit", () => {
    const ours = convert('a.json', written)
    expect(ours.problems).toEqual([])
    const parsed = parseWorkflowText(ours.text)
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues))
    expect(parsed.workflow.nodes['3']).toMatchObject({
      type: 'Sample',
      values: { seed: '18446744073709551615', guidanceScale: 7.5, generator: 'torch-cpu' },
      links: { model: { node: '4', output: 'model' }, latents: { node: '5', output: 'latents' } },
    })
    const back = convert('b.json', ours.text)
    expect(back.text).toContain('18446744073709551615')
    expect(JSON.parse(back.text.replace('18446744073709551615', '0'))).toEqual(textToImage)
  })

  test('says which nodes have no counterpart', () => {
    const { problems } = convert('a.json', JSON.stringify({ '1': { class_type: 'HunyuanVideo', inputs: {} } }))
    expect(problems).toEqual([
      'Node 1: there is no counterpart of HunyuanVideo yet; it stands there until another takes its place.',
    ])
  })

  test.each(['{"a":', '[]', '{"a":1}'])('refuses %s, which is no workflow', (text) => {
    expect(() => convert('a.json', text)).toThrow(/cannot be run/)
  })
})

test('client-types writes the parameters with the types of their inputs', () => {
  const manifest = {
    type: 'Sample',
    inputs: [
      { kind: 'value', name: 'seed', widget: { type: 'seed' } },
      { kind: 'value', name: 'sampler', widget: { type: 'choice', options: ['euler', 'heun'] } },
    ],
  }
  const text = clientTypesOf(
    {
      format: 'patchbay-workflow',
      version: 1,
      name: 'my picture',
      nodes: { a: { type: 'Sample', version: 1, values: {}, links: {} } },
      parameters: { seed: { node: 'a', input: 'seed' }, 'the sampler': { node: 'a', input: 'sampler' } },
    },
    [manifest as never],
  )
  expect(text).toContain('readonly "seed"?: number | string')
  expect(text).toContain('readonly "the sampler"?: "euler" | "heun"')
  expect(text).toContain('export async function runMyPicture(')
})

test('nodes are found by what people call them elsewhere', async () => {
  const lines: string[] = []
  const terminal = { out: (text: string) => void lines.push(text), error: () => undefined, signal: AbortSignal.any([]) }
  expect(await listNodes('ksampler', {}, terminal)).toBe(0)
  expect(lines.join('')).toContain('Sample')
  expect(await listNodes('no such node', {}, terminal)).toBe(1)
})
