import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parseWorkflowText } from '@patchbay/engine'
import { clientTypesOf } from './client-types.ts'
import { convertFirst, convert as convertWith } from './convert.ts'
import { knownNodes } from './known-nodes.ts'
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

const { classes, manifest } = await knownNodes([])
const convert = (file: string, text: string, to?: 'api' | 'editor') => convertWith(file, text, classes, to)

describe('converting', () => {
  test("ComfyUI's text to image becomes ours and, turned back, is what it was, its seed to the last digit", () => {
    const ours = convert('a.json', written)
    expect(ours.problems).toEqual([])
    const parsed = parseWorkflowText(ours.text)
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues))
    expect(parsed.workflow.nodes['3']).toMatchObject({
      type: 'Sample',
      values: { seed: '18446744073709551615', guidanceScale: 7.5, generator: 'torch-cpu-batch', formulas: 'comfyui' },
      links: { model: { node: '4', output: 'model' }, latents: { node: '5', output: 'latents' } },
    })
    const back = convert('b.json', ours.text)
    expect(back.text).toContain('18446744073709551615')
    expect(JSON.parse(back.text.replace('18446744073709551615', '0'))).toEqual(textToImage)
  })

  test("what ours becomes for ComfyUI's editor opens as the same workflow again", () => {
    const ours = convert('a.json', written)
    const saved = convert('b.json', ours.text, 'editor')
    expect(saved.problems).toEqual([])
    expect(JSON.parse(saved.text)).toMatchObject({ version: 0.4, last_node_id: 9, nodes: { length: 7 } })
    const again = parseWorkflowText(convert('c.json', saved.text).text)
    const before = parseWorkflowText(ours.text)
    if (!again.ok || !before.ok) throw new Error('one of the two is no workflow')
    expect(again.workflow.nodes).toEqual(before.workflow.nodes)
  })

  test('the nodes and adapters of a pack are known to the commands that are given it; one that throws is named', async () => {
    const at = (name: string) => fileURLToPath(new URL(`../../../../tests/fixtures/${name}`, import.meta.url))
    const withPack = await knownNodes([at('feature-pack')])
    const own = withPack.manifest.nodes.filter(({ type }) => !manifest.nodes.some((node) => node.type === type))
    const adapted = [...withPack.classes.keys()].filter((name) => !classes.has(name))
    expect([own.length > 0, adapted.length > own.length]).toEqual([true, true])
    await expect(knownNodes([at('throwing-pack')])).rejects.toThrow(
      'The node pack patchbay-throwing-pack cannot be loaded: ',
    )
  })

  test("ComfyUI's formats become one another", () => {
    const saved = convert('a.json', written, 'editor')
    expect([JSON.parse(saved.text).version, saved.problems]).toEqual([0.4, []])
    expect(JSON.parse(convert('b.json', saved.text, 'api').text)).toEqual(
      JSON.parse(convert('c.json', written, 'api').text),
    )
  })

  test.each([['{}'], ['{"nodes":[],"links":[]}'], ['{"a":'], ['Steps: 20']])(
    'of the texts of a picture %s is passed over for one that is a workflow',
    (other) => {
      expect(convertFirst('a.png', [other, written], classes).text).toBe(convert('a.png', written).text)
      expect(() => convertFirst('a.png', [other, other], classes)).toThrow(/cannot be used/)
    },
  )

  test('NaN of older programs is no value, and a text that says NaN stays', () => {
    const odd = written.replace('"a cat"', '"a NaN cat"').replace('"denoise":1', '"denoise":NaN')
    const { nodes } = JSON.parse(convert('a.json', odd).text)
    expect([nodes['6'].values.text, nodes['3'].values.denoise]).toEqual(['a NaN cat', undefined])
  })

  test('what AUTOMATIC1111 writes beside a picture becomes the workflow that made it', () => {
    const text =
      'a cat\nNegative prompt: blurry\nSteps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7, Seed: 123, Size: 512x512, Model: foo'
    const ours = convert('a.png', text)
    expect(ours.problems).toEqual([])
    expect(JSON.parse(ours.text).nodes).toMatchObject({
      checkpoint: { values: { checkpoint: 'foo.safetensors' } },
      sample: { values: { seed: 123, sampler: 'dpmpp_2m', scheduler: 'karras' } },
    })
    expect(() => convert('a.png', text.replace('Steps: 20', 'Steps: 0'))).toThrow(/cannot be used/)
  })

  test('says which nodes have no counterpart', () => {
    const { problems } = convert('a.json', JSON.stringify({ '1': { class_type: 'HunyuanVideo', inputs: {} } }))
    expect(problems).toEqual(['Node 1: HunyuanVideo has no counterpart here; its node is kept and cannot run.'])
  })

  test.each(['{"a":', '[]', '{"a":1}'])('refuses %s, which is no workflow', (text) => {
    expect(() => convert('a.json', text)).toThrow(/cannot be used/)
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
  const imported = [...text.matchAll(/^import type \{ (.*) \} from '@patchbay\/(.*)'$/gm)].map((found) =>
    found.slice(1),
  )
  expect(imported).toEqual([
    ['Client, JobDetail', 'client'],
    ['Workflow', 'engine/workflow'],
  ])
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
