import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JsonValue } from '@patchbay/engine/workflow'
import { type ComfyTestClient, createComfyTestClient } from '../../../testing/comfy-client.ts'
import { type TestServer, startTestServer } from '../../../testing/test-server.ts'

// ComfyUI's own graphs, run on the bundled checkpoint: what two of them mean alike comes out alike, bit for bit.

let server: TestServer
let client: ComfyTestClient
beforeAll(async () => {
  server = await startTestServer({ nodePacks: [], builtInNodes: true })
  client = createComfyTestClient(server.url)
  await fetch(`${server.url}/object_info`)
}, 180_000)
afterAll(async () => {
  client.close()
  await server.close()
})

type Graph = { readonly [id: string]: { class_type: string; inputs: { [name: string]: JsonValue } } }
const node = (type: string, inputs: { [name: string]: JsonValue } = {}) => ({ class_type: type, inputs })

/** The bytes of the picture that a node kept. */
async function pictureOf(graph: Graph, id: string): Promise<Buffer> {
  const { outputs, error } = await client.run(graph)
  if (error) throw new Error(String(error['exception_message']))
  const [image] = outputs[id]?.['images'] as [Record<string, string>]
  const response = await fetch(`${server.url}/view?${String(new URLSearchParams({ ...image, channel: 'rgb' }))}`)
  expect(response.status).toBe(200)
  return Buffer.from(await response.arrayBuffer())
}

describe('sampling', () => {
  const common = {
    load: node('CheckpointLoaderSimple', { ckpt_name: 'patchbay-mini' }),
    positive: node('CLIPTextEncode', { text: 'a red heart', clip: ['load', 1] }),
    negative: node('CLIPTextEncode', { text: '', clip: ['load', 1] }),
    empty: node('EmptyLatentImage', { width: 64, height: 64, batch_size: 1 }),
    decode: node('VAEDecode', { samples: ['sample', 0], vae: ['load', 2] }),
    keep: node('PreviewImage', { images: ['decode', 0] }),
  }
  const guided = { model: ['load', 0], positive: ['positive', 0], negative: ['negative', 0], cfg: 3 }
  const settings = { steps: 4, sampler_name: 'euler', scheduler: 'normal' }
  const seed = '18446744073709551557'
  let whole: Buffer
  beforeAll(async () => {
    const sample = node('KSampler', { ...guided, ...settings, seed, latent_image: ['empty', 0], denoise: 1 })
    whole = await pictureOf({ ...common, sample }, 'keep')
  }, 180_000)

  const advanced = { ...guided, ...settings, noise_seed: seed, start_at_step: 0, end_at_step: 10_000 }
  test('KSamplerAdvanced over all steps is KSampler', async () => {
    const ends = { add_noise: 'enable', return_with_leftover_noise: 'disable', latent_image: ['empty', 0] }
    expect(await pictureOf({ ...common, sample: node('KSamplerAdvanced', { ...advanced, ...ends }) }, 'keep')).toEqual(
      whole,
    )
  }, 240_000)

  test('two halves of KSamplerAdvanced, the first leaving its noise, are KSampler', async () => {
    const half = { ...advanced, latent_image: ['empty', 0], end_at_step: 2 }
    const first = node('KSamplerAdvanced', { ...half, add_noise: 'enable', return_with_leftover_noise: 'enable' })
    const rest = { ...advanced, latent_image: ['first', 0], start_at_step: 2 }
    const sample = node('KSamplerAdvanced', { ...rest, add_noise: 'disable', return_with_leftover_noise: 'disable' })
    expect(await pictureOf({ ...common, first, sample }, 'keep')).toEqual(whole)
  }, 240_000)

  test('a choice without a counterpart is refused by its name', async () => {
    const sample = node('SamplerCustom', {
      ...guided,
      sampler: ['sampler', 0],
      sigmas: ['sigmas', 0],
      latent_image: ['empty', 0],
      add_noise: true,
      noise_seed: 1,
    })
    const sigmas = node('BasicScheduler', { model: ['load', 0], scheduler: 'normal', steps: 4, denoise: 1 })
    const { status, body } = await client.refused({
      ...common,
      sigmas,
      sampler: node('SamplerLMS', { order: 3 }),
      sample,
    })
    expect([status, body.node_errors['sampler']?.['errors']]).toMatchObject([400, [{ type: 'value_not_in_list' }]])
  })

  const parts = {
    sigmas: node('BasicScheduler', { model: ['load', 0], scheduler: 'normal', steps: 4, denoise: 1 }),
    sampler: node('KSamplerSelect', { sampler_name: 'euler' }),
  }
  const fed = { sampler: ['sampler', 0], sigmas: ['sigmas', 0], latent_image: ['empty', 0] }
  test('SamplerCustom with the same sigmas is KSampler', async () => {
    const sample = node('SamplerCustom', { ...guided, ...fed, add_noise: true, noise_seed: seed })
    expect(await pictureOf({ ...common, ...parts, sample }, 'keep')).toEqual(whole)
  }, 240_000)

  test('SamplerCustomAdvanced, in six nodes, is KSampler', async () => {
    const made = {
      noise: node('RandomNoise', { noise_seed: seed }),
      guider: node('CFGGuider', guided),
      sample: node('SamplerCustomAdvanced', { ...fed, noise: ['noise', 0], guider: ['guider', 0] }),
    }
    expect(await pictureOf({ ...common, ...parts, ...made }, 'keep')).toEqual(whole)
  }, 240_000)

  test('SamplerCustomAdvanced without noise and with another seed is another picture', async () => {
    const made = {
      noise: node('DisableNoise'),
      guider: node('BasicGuider', { model: ['load', 0], conditioning: ['positive', 0] }),
      sample: node('SamplerCustomAdvanced', { ...fed, noise: ['noise', 0], guider: ['guider', 0] }),
    }
    expect(await pictureOf({ ...common, ...parts, ...made }, 'keep')).not.toEqual(whole)
  }, 240_000)
})

describe('models and latents', () => {
  const load = node('CheckpointLoaderSimple', { ckpt_name: 'patchbay-mini' })
  const text = node('CLIPTextEncode', { text: 'a red heart', clip: ['load', 1] })
  const empty = node('EmptyLatentImage', { width: 64, height: 64, batch_size: 1 })
  const noise = (seed: number) => node('RandomNoise', { noise_seed: seed })
  const sigmas = node('BasicScheduler', { model: ['load', 0], scheduler: 'normal', steps: 2, denoise: 1 })
  const noisy = (name: string) =>
    node('AddNoise', { model: ['load', 0], noise: [name, 0], sigmas: ['sigmas', 0], latent_image: ['empty', 0] })
  const shown = {
    decode: node('VAEDecode', { samples: ['made', 0], vae: ['load', 2] }),
    keep: node('PreviewImage', { images: ['decode', 0] }),
  }
  const base = { load, empty, sigmas, n1: noise(1), n2: noise(2), a: noisy('n1'), b: noisy('n2'), ...shown }

  test('LatentInterpolate is its first latents at 1, its second at 0, and neither between', async () => {
    const at = (ratio: number) =>
      pictureOf({ ...base, made: node('LatentInterpolate', { samples1: ['a', 0], samples2: ['b', 0], ratio }) }, 'keep')
    const only = (name: string) =>
      pictureOf({ ...base, made: node('LatentMultiply', { samples: [name, 0], multiplier: 1 }) }, 'keep')
    const [first, second, between] = [await at(1), await at(0), await at(0.5)]
    expect([first, second]).toEqual([await only('a'), await only('b')])
    expect([first, second]).not.toContainEqual(between)
  }, 120_000)

  test('a model merged with itself, by one share or by blocks, gives the picture that it gives', async () => {
    const sample = (model: string) =>
      node('KSampler', {
        model: [model, 0],
        seed: 5,
        steps: 2,
        cfg: 2,
        sampler_name: 'euler',
        scheduler: 'normal',
        positive: ['text', 0],
        negative: ['text', 0],
        latent_image: ['empty', 0],
        denoise: 1,
      })
    const merge = node('ModelMergeSimple', { model1: ['load', 0], model2: ['load', 0], ratio: 0.25 })
    const blocks = node('ModelMergeBlocks', { model1: ['load', 0], model2: ['load', 0], input: 1, middle: 0, out: 0.5 })
    const plain = await pictureOf({ load, text, empty, ...shown, made: sample('load') }, 'keep')
    for (const merged of [merge, blocks]) {
      expect(await pictureOf({ load, text, empty, ...shown, merged, made: sample('merged') }, 'keep')).toEqual(plain)
    }
  }, 120_000)

  test('latents are kept as a file that the history names', async () => {
    const { outputs } = await client.run({
      empty,
      keep: node('SaveLatent', { samples: ['empty', 0], filename_prefix: 'latents/x' }),
    })
    expect(outputs['keep']?.['latents']).toMatchObject([{ subfolder: 'latents', type: 'output' }])
  })
})

describe('pictures', () => {
  const red = node('EmptyImage', { width: 8, height: 8, batch_size: 1, color: 0xff0000 })
  const blue = node('EmptyImage', { width: 8, height: 8, batch_size: 1, color: 0x0000ff })
  const keep = node('PreviewImage', { images: ['made', 0] })
  const same = async (made: Graph, wanted: Graph) => {
    expect(await pictureOf({ red, blue, ...made, keep }, 'keep')).toEqual(
      await pictureOf({ red, blue, ...wanted, keep }, 'keep'),
    )
  }
  test('a colour given as a number is that colour', () =>
    same(
      { made: node('ImageInvert', { image: ['red', 0] }) },
      { made: node('EmptyImage', { width: 8, height: 8, batch_size: 1, color: 0x00ffff }) },
    ))
  test('a batch made by either node holds both pictures in order', async () => {
    const second = node('ImageFromBatch', { image: ['batch', 0], batch_index: 1, length: 1 })
    const batch = node('ImageBatch', { image1: ['red', 0], image2: ['blue', 0] })
    const grown = node('BatchImagesNode', { 'images.image0': ['red', 0], 'images.image1': ['blue', 0] })
    await same({ batch, made: second }, { made: node('RepeatImageBatch', { image: ['blue', 0], amount: 1 }) })
    await same({ batch: grown, made: second }, { batch, made: second })
  })
  test("alpha is ComfyUI's mask turned round, both ways", () =>
    same(
      {
        mask: node('SolidMask', { value: 0.25, width: 8, height: 8 }),
        joined: node('JoinImageWithAlpha', { image: ['red', 0], alpha: ['mask', 0] }),
        split: node('SplitImageWithAlpha', { image: ['joined', 0] }),
        made: node('MaskToImage', { mask: ['split', 1] }),
      },
      {
        mask: node('SolidMask', { value: 0.25, width: 8, height: 8 }),
        made: node('MaskToImage', { mask: ['mask', 0] }),
      },
    ))
  test('a mask is previewed as a picture in the temp folder', async () => {
    const mask = node('SolidMask', { value: 1, width: 8, height: 8 })
    const { outputs } = await client.run({ mask, keep: node('MaskPreview', { mask: ['mask', 0] }) })
    expect(outputs['keep']?.['images']).toMatchObject([{ type: 'temp', subfolder: '' }])
  })
  test('pictures for the socket come as binary frames, and are in no history', async () => {
    const { outputs } = await client.run({ red, keep: node('SaveImageWebsocket', { images: ['red', 0] }) })
    const [frame] = client.frames
    expect(outputs).toEqual({})
    expect([frame?.readUInt32BE(0), frame?.readUInt32BE(4), frame?.toString('latin1', 9, 12)]).toEqual([1, 2, 'PNG'])
  })
  test('a picture and a mask come as base64 text, and go back over the socket as they came', async () => {
    const [one] = client.frames
    const base64 = one!.subarray(8).toString('base64')
    client.frames.length = 0
    await client.run({
      in: node('ETN_LoadImageBase64', { image: base64 }),
      keep: node('ETN_SendImageWebSocket', { images: ['in', 0] }),
      mask: node('ETN_LoadMaskBase64', { mask: `data:image/png;base64,${base64}` }),
      grey: node('MaskToImage', { mask: ['mask', 0] }),
      jpeg: node('ETN_SendImageWebSocket', { images: ['grey', 0], format: 'JPEG' }),
    })
    const formats = client.frames.map((frame) => [frame.readUInt32BE(0), frame.readUInt32BE(4)])
    expect(formats.sort()).toEqual([
      [1, 1],
      [1, 2],
    ])
  })
  test('what is no base64 ends the run with a sentence at its node', async () => {
    const { error } = await client.run({
      in: node('ETN_LoadImageBase64', { image: 'no?' }),
      keep: node('PreviewImage', { images: ['in', 0] }),
    })
    expect([error?.['node_id'], error?.['exception_message']]).toEqual(['in', expect.stringContaining('no base64')])
  })
  test('a blur over one pixel of a half red, half blue picture is what the formula says', async () => {
    const halves = node('ImageCompositeMasked', {
      destination: ['red', 0],
      source: ['blue', 0],
      x: 4,
      y: 0,
      resize_source: false,
    })
    const blurred = await pictureOf(
      { red, blue, halves, made: node('ImageBlur', { image: ['halves', 0], blur_radius: 1, sigma: 1 }), keep },
      'keep',
    )
    const { data } = await sharp(blurred).removeAlpha().raw().toBuffer({ resolveWithObject: true })
    const beside = Math.exp(-0.5) / (1 + 2 * Math.exp(-0.5))
    expect([...data.subarray(0, 24)].filter((_, i) => i % 3 === 0)).toEqual(
      [1, 1, 1, 1 - beside, beside, 0, 0, 0].map((value) => Math.floor(value * 255)),
    )
  })
})

describe('logic', () => {
  test('only the chosen side of a switch is computed, and expressions take constants and links', async () => {
    const { outputs, ran } = await client.run({
      three: node('PrimitiveInt', { value: 3 }),
      sum: node('ComfyMathExpression', { expression: 'a * b', 'values.a': ['three', 0], 'values.b': 2.5 }),
      never: node('PrimitiveFloat', { value: 1.5 }),
      chosen: node('ComfySwitchNode', { switch: true, on_true: ['sum', 0], on_false: ['never', 0] }),
      show: node('PreviewAny', { source: ['chosen', 0] }),
    })
    expect(ran).not.toContain('never')
    expect(JSON.stringify(outputs['show'])).toContain('7.5')
  })
  test('texts are joined, constants and links alike', async () => {
    const { outputs } = await client.run({
      a: node('PrimitiveString', { value: 'one' }),
      b: node('StringConcatenate', { string_a: ['a', 0], string_b: 'two', delimiter: '-' }),
      show: node('PreviewAny', { source: ['b', 0] }),
    })
    expect(JSON.stringify(outputs['show'])).toContain('one-two')
  })
})
