import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { zeros, type Tensor } from '@patchbay/onnx/tensor'
import { sigmasFor } from '../diffusion/index.ts'
import { createLocalServices } from '../host/local-services.ts'
import { loadCheckpointParts } from './checkpoint-values.ts'
import { encodeText } from '../encoding/encode-text.ts'
import { continueRun, startRun } from '../sampling/sample-latents.ts'
import { decodeToImage } from '../networks/image-autoencoder.ts'

/** [1, 3, 64, 64] in 0 to 1, as the bundled checkpoint paints it in a few steps. */
async function paint(prompt: string): Promise<Tensor> {
  const services = createLocalServices({ output: tmpdir(), threads: 1 })
  const { model, textEncoder, vae } = loadCheckpointParts(await services.pathOf('checkpoints', 'patchbay-mini'))
  if (!textEncoder || !vae) throw new Error('The bundled checkpoint lacks a part')
  const steps = 8
  const sigmas = sigmasFor(model.process, 'karras', steps, 1)
  const empty = { tensor: zeros('float32', [1, model.latentChannels, 8, 8]), scale: model.latentScale }
  const { latents } = await continueRun(
    services.sessions,
    model,
    startRun(model, empty, sigmas, { seed: 7, generator: 'philox' }),
    {
      positive: await encodeText(services, textEncoder, prompt, steps),
      negative: await encodeText(services, textEncoder, '', steps),
      sampler: 'dpmpp_2m',
      guidanceScale: 4,
      sigmas,
      signal: new AbortController().signal,
    },
  )
  const image = await decodeToImage(services.sessions, vae, latents.tensor)
  await services.sessions.clear()
  return image
}

/** The mean of each colour over a square of 16 × 16 pixels. */
function meanColour({ data }: Tensor, top: number, left: number): { red: number; green: number; blue: number } {
  const mean = (channel: number): number => {
    let sum = 0
    for (let y = top; y < top + 16; y++) {
      for (let x = left; x < left + 16; x++) sum += data[(channel * 64 + y) * 64 + x] ?? NaN
    }
    return sum / 256
  }
  return { red: mean(0), green: mean(1), blue: mean(2) }
}

test('the bundled checkpoint paints a red apple on white from the words alone', async () => {
  const picture = await paint('A red apple')
  expect(picture.shape).toEqual([1, 3, 64, 64])
  const middle = meanColour(picture, 28, 24)
  expect(middle.red).toBeGreaterThan(0.6)
  expect(middle.green).toBeLessThan(0.45)
  expect(middle.blue).toBeLessThan(0.45)
  const corner = meanColour(picture, 0, 0)
  expect(Math.min(corner.red, corner.green, corner.blue)).toBeGreaterThan(0.6)
}, 240_000)

test('other words give another picture: a green frog', async () => {
  const { red, green, blue } = meanColour(await paint('a frog'), 28, 24)
  expect(green).toBeGreaterThan(red)
  expect(green).toBeGreaterThan(blue)
}, 240_000)
