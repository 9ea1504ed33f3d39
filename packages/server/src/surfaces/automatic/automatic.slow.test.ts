import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pictureTexts, readParameters } from '@patchbay/nodes/picture-texts'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestServer, startTestServer } from '../../testing/test-server.ts'

// The bundled checkpoint at a size and a number of steps that take a moment.
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ builtInNodes: true })
})
afterAll(() => server.close())

const small = { prompt: 'a red apple', steps: 2, width: 64, height: 64, seed: 7, sampler_name: 'Euler' }
const post = async (path: string, body: object) => {
  const response = await fetch(`${server.url}/sdapi/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: await response.json() }
}
/** Pictures as pixels, so that the texts beside them do not count. */
const pixelsOf = (image: string) => sharp(Buffer.from(image, 'base64')).removeAlpha().raw().toBuffer()
const made = async (fields: object, path = 'txt2img') => {
  const { status, body } = await post(path, { ...small, ...fields })
  if (status !== 200) throw new Error(body.detail)
  return {
    images: body.images as string[],
    pixels: await Promise.all((body.images as string[]).map(pixelsOf)),
    info: JSON.parse(body.info),
  }
}
const sizeOf = async (image = '') => {
  const { width, height } = await sharp(Buffer.from(image, 'base64')).metadata()
  return [width, height]
}
const solid = async (width: number, height: number, background: string) =>
  (
    await sharp({ create: { width, height, channels: 3, background } })
      .png()
      .toBuffer()
  ).toString('base64')
const timeout = 120_000

describe('one request', () => {
  test('counts the seeds of its pictures: each is the picture of its own seed', { timeout }, async () => {
    const { pixels, images, info } = await made({ batch_size: 2, n_iter: 2 })
    expect(info).toMatchObject({ seed: 7, all_seeds: [7, 8, 9, 10], all_prompts: Array(4).fill(small.prompt) })
    const third = await made({ seed: 9 })
    expect(pixels[2]?.equals(third.pixels[0] ?? Buffer.alloc(0))).toBe(true)
    const texts = await Promise.all(images.map(async (image) => pictureTexts(Buffer.from(image, 'base64'))))
    expect(texts.map(({ parameters = '' }) => readParameters(parameters)?.settings['Seed'])).toEqual([
      '7',
      '8',
      '9',
      '10',
    ])
    expect(texts.map(({ parameters }) => parameters)).toEqual(info.infotexts)
  })

  test('varies one picture towards others: all have its seed, and are much like it', { timeout }, async () => {
    const varied = await made({ batch_size: 2, subseed: 3, subseed_strength: 0.1 })
    expect(varied.info).toMatchObject({ all_seeds: [7, 7], all_subseeds: [3, 4], subseed_strength: 0.1 })
    const [one, other] = varied.pixels
    const same = await made({ subseed: 3, subseed_strength: 0 })
    const plain = await made({})
    expect(same.pixels[0]?.equals(plain.pixels[0] ?? Buffer.alloc(0))).toBe(true)
    expect(one?.equals(other ?? Buffer.alloc(0))).toBe(false)
  })

  test('leaves the scheduler to the sampler where it is Automatic', { timeout }, async () => {
    const asked = { sampler_name: 'DPM++ 2M', steps: 4 }
    const [automatic, karras, uniform] = await Promise.all(
      ['Automatic', 'Karras', 'Uniform'].map((scheduler) => made({ ...asked, scheduler })),
    )
    expect(automatic?.pixels[0]?.equals(karras?.pixels[0] ?? Buffer.alloc(0))).toBe(true)
    expect(automatic?.pixels[0]?.equals(uniform?.pixels[0] ?? Buffer.alloc(0))).toBe(false)
  })

  test(
    'keeps its pictures as files only where it says so, and sends them only where it does',
    { timeout },
    async () => {
      const kept = async () => (await readdir(join(server.directory, 'output')).catch(() => [])).length
      const before = await kept()
      expect((await made({ seed: 21 })).images).toHaveLength(1)
      expect(await kept()).toBe(before)
      expect((await made({ seed: 22, send_images: false, save_images: true })).images).toEqual([])
      expect(await kept()).toBe(before + 1)
    },
  )

  test(
    'changes the picture by a VAE, a format and a layer of the text encoder, or refuses them',
    { timeout },
    async () => {
      const refused = async (fields: object) => (await post('txt2img', { ...small, ...fields })).body.detail
      expect(await refused({ override_settings: { sd_vae: 'nothing' } })).toContain('There is no VAE "nothing".')
      expect(await refused({ override_settings: { sd_model_checkpont: 'x' } })).toContain(
        'Did you mean "sd_model_checkpoint"?',
      )
      expect(await refused({ override_settings: { tiling: true } })).toContain('override_settings.tiling: only false')
      expect(await refused({ prompt: 'fox <lora:nothing:1>' })).toContain('There is no LoRA "nothing".')
      const webp = await made({ override_settings: { samples_format: 'webp', CLIP_stop_at_last_layers: 1 } })
      expect(Buffer.from(webp.images[0] ?? '', 'base64').toString('latin1', 8, 12)).toBe('WEBP')
    },
  )

  test('a field that nobody knows is told beside the picture', { timeout }, async () => {
    expect((await made({ stepz: 3, width: 70 })).info.comments).toBe(
      'stepz: there is no such field, and nothing was done with it. Did you mean "steps"?\n' +
        'width, height: sides are multiples of 8, so that the picture is 64 × 64.',
    )
  })
})

describe('a second pass', () => {
  test.each([
    [{ hr_scale: 2, hr_upscaler: 'Latent (bicubic)' }, [128, 128]],
    [{ hr_resize_x: 96, hr_upscaler: 'Lanczos', hr_second_pass_steps: 1 }, [96, 96]],
    [{ hr_resize_x: 128, hr_resize_y: 96, hr_upscaler: 'Latent', hr_prompt: 'a green apple' }, [128, 96]],
    [{ firstphase_width: 64, firstphase_height: 64, width: 128, height: 128 }, [128, 128]],
    [{ hr_scale: 1.5, hr_upscaler: 'esrgan-medium-4x', hr_sampler_name: 'Euler a' }, [96, 96]],
  ])('with %j makes a picture of %j', { timeout }, async (fields, size) => {
    const { images, info } = await made({ enable_hr: true, denoising_strength: 0.5, ...fields })
    expect(await sizeOf(images[0])).toEqual(size)
    expect(info.extra_generation_params['Hires upscaler']).toBe(
      (fields as { hr_upscaler?: string }).hr_upscaler ?? 'Latent',
    )
  })

  test('with an upscaler that is not there is refused', async () => {
    const { status, body } = await post('txt2img', { ...small, enable_hr: true, hr_upscaler: 'R-ESRGAN 4x+' })
    expect([status, body.detail]).toEqual([422, expect.stringContaining('There is no upscaler "R-ESRGAN 4x+".')])
  })
})

describe('a picture to begin from', () => {
  test('is distorted, cut, drawn out or resized as latents, to the size of the request', { timeout }, async () => {
    const init = await solid(96, 64, '#3060c0')
    for (const resize_mode of [0, 1, 2, 3]) {
      const { images } = await made({ init_images: [init], resize_mode, denoising_strength: 0.5 }, 'img2img')
      expect(await sizeOf(images[0])).toEqual([64, 64])
    }
  })

  test('that is a drawing is refused, and so are more of them than the batch holds', async () => {
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>').toString('base64')
    const drawn = await post('img2img', { ...small, init_images: [svg] })
    expect(drawn.body.detail).toContain('Send a PNG, JPEG or WebP.')
    const init = await solid(64, 64, 'white')
    const many = await post('img2img', { ...small, init_images: [init, init, init], batch_size: 2 })
    expect(many.body.detail).toContain('init_images holds 3 pictures for a batch of 2.')
  })

  test('is changed only where the mask is, which is cut out, and comes back at its own size', { timeout }, async () => {
    const original = await solid(200, 120, '#3060c0')
    const mask = await sharp({ create: { width: 200, height: 120, channels: 3, background: 'black' } })
      .composite([
        { input: { create: { width: 24, height: 24, channels: 3, background: 'white' } }, left: 40, top: 40 },
      ])
      .png()
      .toBuffer()
    const part = { init_images: [original], mask: mask.toString('base64'), mask_blur: 0, inpaint_full_res_padding: 8 }
    for (const inpainting_fill of [0, 1, 2, 3]) {
      const { images, pixels } = await made({ ...part, inpainting_fill, denoising_strength: 1 }, 'img2img')
      expect(await sizeOf(images[0])).toEqual([200, 120])
      const at = (x: number, y: number) => [...(pixels[0]?.subarray((y * 200 + x) * 3, (y * 200 + x) * 3 + 3) ?? [])]
      expect(at(150, 60)).toEqual([0x30, 0x60, 0xc0])
      expect(at(50, 50)).not.toEqual([0x30, 0x60, 0xc0])
    }
    const inverted = await made(
      { ...part, inpainting_mask_invert: 1, inpaint_full_res: false, mask_blur: 2 },
      'img2img',
    )
    expect(await sizeOf(inverted.images[0])).toEqual([64, 64])
  })
})

describe('extras', () => {
  test('make a picture larger by a network and by a rule, mixed, to a factor or a size', { timeout }, async () => {
    const image = await solid(32, 24, '#3060c0')
    const by = { upscaler_1: 'esrgan-medium-4x', upscaler_2: 'Lanczos', extras_upscaler_2_visibility: 0.5 }
    const single = await post('extra-single-image', { image, ...by, upscaling_resize: 3 })
    expect(await sizeOf(single.body.image)).toEqual([96, 72])
    const size = { resize_mode: 1, upscaling_resize_w: 64, upscaling_resize_h: 64 }
    const imageList = [
      { data: image, name: 'a' },
      { data: await solid(24, 32, 'lime'), name: 'b' },
    ]
    const batch = await post('extra-batch-images', { imageList, upscaler_1: 'Nearest', ...size })
    expect(await Promise.all(batch.body.images.map(sizeOf))).toEqual([
      [64, 64],
      [64, 64],
    ])
    const uncut = await post('extra-batch-images', { imageList, upscaler_1: 'Lanczos', ...size, upscaling_crop: false })
    expect(await Promise.all(uncut.body.images.map(sizeOf))).toEqual([
      [85, 64],
      [64, 85],
    ])
  })

  test('restore no faces, and refuse an upscaler that is not there', async () => {
    const image = await solid(8, 8, 'white')
    const faces = await post('extra-single-image', { image, gfpgan_visibility: 1 })
    expect([faces.status, faces.body.detail]).toEqual([
      422,
      expect.stringContaining('gfpgan_visibility: there is no network'),
    ])
    const unknown = await post('extra-single-image', { image, upscaler_1: 'SwinIR 4x' })
    expect(unknown.body.detail).toContain('There is no upscaler "SwinIR 4x".')
  })
})

describe('what is asked beside pictures', () => {
  const get = async (path: string) => (await fetch(`${server.url}/sdapi/v1/${path}`)).json()

  test('the settings of a picture are read back as they were', { timeout }, async () => {
    const { images, info } = await made({ seed: 5 })
    const { body } = await post('png-info', { image: `data:image/png;base64,${images[0]}` })
    expect(body.info).toBe(info.infotexts[0])
    expect(body.parameters).toMatchObject({ Prompt: 'a red apple', Seed: '5', 'Size-1': '64', 'Size-2': '64' })
    expect(JSON.parse(body.items['patchbay-workflow']).nodes.sample.type).toBe('Sample')
    expect((await post('png-info', { image: 'aGVsbG8=' })).body.detail).toContain('no picture that may carry texts')
  })

  test('what is in a picture is said by a captioner, and where there is none of that name, what there is', async () => {
    const asked = { image: await solid(8, 8, 'red'), model: 'llava' }
    const { status, body } = await post('interrogate', asked)
    expect([status, body.detail]).toEqual([422, expect.stringContaining('model: "llava" is no captioner; there is')])
    expect((await post('interrogate', { model: 'clip' })).body.detail).toContain('image: send the picture as base64')
  })

  test('samplers and schedulers have the names that requests take', async () => {
    const samplers = await get('samplers')
    expect(samplers).toContainEqual({
      name: 'DPM++ 2M',
      aliases: ['k_dpmpp_2m', 'dpmpp_2m'],
      options: { scheduler: 'karras' },
    })
    expect((await get('schedulers')).map(({ label }: { label: string }) => label)).toContain('SGM Uniform')
    expect(await get('latent-upscale-modes')).toContainEqual({ name: 'Latent (bicubic)' })
    expect((await get('memory')).ram.total).toBeGreaterThan(0)
    expect((await get('upscalers')).map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['None', 'Lanczos', 'Nearest', 'esrgan-medium-4x']),
    )
  })

  test('options are kept, and one that does nothing here is refused', async () => {
    expect((await post('options', { CLIP_stop_at_last_layers: 2, samples_save: true })).status).toBe(200)
    expect((await get('options')).CLIP_stop_at_last_layers).toBe(2)
    expect((await post('options', await get('options'))).status).toBe(200)
    expect((await post('options', { CLIP_stop_at_last_layers: 1 })).status).toBe(200)
    expect((await post('options', { sd_hypernetwork: 'anime' })).body.detail).toContain('options.sd_hypernetwork')
  })

  test('progress tells the steps of the run and a picture on its way', { timeout }, async () => {
    const run = made({ steps: 400, width: 128, height: 128, seed: 77 })
    let seen = await get('progress')
    for (let tries = 0; tries < 300 && !seen.current_image; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      seen = await get('progress')
    }
    expect(seen.state).toMatchObject({ sampling_steps: 400, job_count: 1 })
    expect(seen.progress).toBeGreaterThan(0)
    expect(Buffer.from(seen.current_image, 'base64').length).toBeGreaterThan(50)
    await post('interrupt', {})
    await expect(run).rejects.toThrow('cancelled')
    expect(await get('progress')).toMatchObject({ progress: 0, current_image: null, state: { job_count: 0 } })
  })
})
