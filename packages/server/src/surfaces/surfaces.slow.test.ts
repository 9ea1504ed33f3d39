import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestServer, startTestServer } from '../testing/test-server.ts'

// The nodes that ship and the bundled checkpoint, at a size and a number of steps that take a moment.
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ builtInNodes: true })
})
afterAll(() => server.close())

const post = async (path: string, body: unknown) => {
  const response = await fetch(server.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: await response.json() }
}
const png = Buffer.from('\u0089PNG', 'latin1')

describe('one request for a picture', () => {
  test("by AUTOMATIC1111's txt2img gives the picture, and img2img goes on from it", { timeout: 120_000 }, async () => {
    const small = { prompt: 'a cat', steps: 1, width: 64, height: 64, seed: 7, sampler_name: 'Euler a' }
    const first = await post('/sdapi/v1/txt2img', small)
    expect(first).toMatchObject({ status: 200 })
    const picture = Buffer.from(first.body.images[0], 'base64')
    expect(picture.subarray(0, 4)).toEqual(png)
    expect(JSON.parse(first.body.info)).toMatchObject({ seed: 7 })
    const second = await post('/sdapi/v1/img2img', { ...small, init_images: [first.body.images[0]] })
    expect(Buffer.from(second.body.images[0], 'base64').subarray(0, 4)).toEqual(png)
  })

  test("by ComfyUI's first workflow gives the picture, from the same nodes", { timeout: 120_000 }, async () => {
    const { CheckpointLoaderSimple } = await (await fetch(`${server.url}/object_info/CheckpointLoaderSimple`)).json()
    const [checkpoint] = CheckpointLoaderSimple.input.required.ckpt_name[0]
    const text = (prompt: string) => ({ class_type: 'CLIPTextEncode', inputs: { text: prompt, clip: ['4', 1] } })
    const prompt = {
      '3': {
        class_type: 'KSampler',
        inputs: {
          ...{ model: ['4', 0], positive: ['6', 0], negative: ['7', 0], latent_image: ['5', 0] },
          ...{ seed: 1, steps: 1, cfg: 7, sampler_name: 'euler', scheduler: 'normal', denoise: 1 },
        },
      },
      '4': { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: checkpoint } },
      '5': { class_type: 'EmptyLatentImage', inputs: { width: 64, height: 64, batch_size: 1 } },
      '6': text('a cat'),
      '7': text(''),
      '8': { class_type: 'VAEDecode', inputs: { samples: ['3', 0], vae: ['4', 2] } },
      '9': { class_type: 'SaveImage', inputs: { images: ['8', 0], filename_prefix: 'cat' } },
    }
    const { body } = await post('/prompt', { prompt })
    expect(body.node_errors).toEqual({})
    const job = await server.client.jobs.wait(body.prompt_id)
    expect(job.error).toBeUndefined()
    const history = await (await fetch(`${server.url}/history/${body.prompt_id}`)).json()
    expect(history[body.prompt_id].outputs['9'].images).toEqual([
      { filename: 'cat_00001_.png', subfolder: '', type: 'output' },
    ])
    expect((await server.client.artifacts.workflow(job.files[0]!.hash)).document.nodes['3']?.type).toBe('Sample')
  })

  test('that cannot be made is refused in the words of each interface', async () => {
    expect(await post('/v1/images/generations', { prompt: '' })).toMatchObject({
      status: 400,
      body: { error: { type: 'invalid_request_error', code: 'invalid-request' } },
    })
    expect(await post('/sdapi/v1/txt2img', { sampler_name: 'nope' })).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining('There is no sampler "nope". GET /sdapi/v1/samplers') },
    })
    expect((await fetch(`${server.url}/v1/nothing`)).status).toBe(404)
  })

  test(
    'keeps what the mask of img2img leaves, to the last bit, in each picture of the batch',
    { timeout: 120_000 },
    async () => {
      const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, index) => (index * 7919) % 251))
      const raw = { raw: { width: 64, height: 64, channels: 3 } } as const
      const start = await sharp(noise, raw).png().toBuffer()
      const mask = await sharp({ create: { width: 64, height: 64, channels: 3, background: 'black' } })
        .composite([
          { input: { create: { width: 32, height: 64, channels: 3, background: 'white' } }, left: 0, top: 0 },
        ])
        .png()
        .toBuffer()
      const asked = { prompt: 'apple', steps: 1, width: 64, height: 64, denoising_strength: 1, batch_size: 2 }
      const hard = { mask_blur: 0, inpaint_full_res: false, inpainting_fill: 1 }
      const encoded = { init_images: [start.toString('base64')], mask: mask.toString('base64') }
      const { body } = await post('/sdapi/v1/img2img', { ...asked, ...hard, ...encoded })
      expect(body.images).toHaveLength(2)
      for (const image of body.images) {
        const halfOf = (picture: Buffer, left: number) =>
          sharp(picture).removeAlpha().extract({ left, top: 0, width: 32, height: 64 }).raw().toBuffer()
        const made = Buffer.from(image, 'base64')
        expect((await halfOf(made, 32)).equals(await halfOf(start, 32))).toBe(true)
        expect((await halfOf(made, 0)).equals(await halfOf(start, 0))).toBe(false)
      }
    },
  )

  test('is made with the checkpoint that was chosen, as long as there is one', async () => {
    expect((await post('/sdapi/v1/options', { sd_model_checkpoint: 'nothing' })).status).toBe(422)
    expect((await post('/sdapi/v1/options', { sd_model_checkpoint: 'patchbay-mini [abc123]' })).status).toBe(200)
    const options = await (await fetch(`${server.url}/sdapi/v1/options`)).json()
    expect(options.sd_model_checkpoint).toBe('patchbay-mini')
  })

  test('is described to clients that ask what there is', async () => {
    const models = await (await fetch(`${server.url}/v1/models`)).json()
    const checkpoints = await (await fetch(`${server.url}/sdapi/v1/sd-models`)).json()
    expect(models.data.map(({ id }: { id: string }) => id)).toContain(checkpoints[0].title)
  })
})
