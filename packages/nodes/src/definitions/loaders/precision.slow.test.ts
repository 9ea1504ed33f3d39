import { tmpdir } from 'node:os'
import { afterAll, describe, expect, test } from 'vitest'
import { int8Support } from '@patchbay/onnx'
import { zeros, type Tensor } from '@patchbay/onnx/tensor'
import type { Precision } from '../../architectures/kinds/precision.ts'
import { sigmasFor } from '../../diffusion/index.ts'
import { encodeText } from '../../encoding/encode-text.ts'
import { createLocalServices } from '../../host/local-services.ts'
import { decodeToImage, encodeToLatents } from '../../networks/image-autoencoder.ts'
import { checkpointAt, loadCheckpointParts } from '../../opening/checkpoint-values.ts'
import { continueRun, startRun } from '../../sampling/sample-latents.ts'
import type { DiffusionModel } from '../../values/diffusion-model.ts'
import { runNode } from '../../testing/run-node.ts'
import { loadCheckpoint } from './load-checkpoint.ts'

const services = createLocalServices({ output: tmpdir(), threads: 1 })
afterAll(() => services.sessions.clear())

async function bundledAt(precision: Precision) {
  const parts = loadCheckpointParts(await services.pathOf('checkpoints', 'patchbay-mini'))
  const { model, textEncoder, vae } = checkpointAt(parts, precision)
  if (!textEncoder || !vae) throw new Error('The bundled checkpoint lacks a part')
  return { model, textEncoder, vae }
}

/** [1, 3, 64, 64] in 0 to 1: a red apple by the bundled checkpoint. */
async function paint(precision: Precision): Promise<Tensor> {
  const { model, textEncoder, vae } = await bundledAt(precision)
  const steps = 8
  const sigmas = sigmasFor(model.process, 'karras', steps, 1)
  const empty = { tensor: zeros('float32', [1, model.latentChannels, 8, 8]), scale: model.latentScale }
  const begun = startRun(model, empty, sigmas, { seed: 7, generator: 'philox' })
  const { latents } = await continueRun(services.sessions, model, begun, {
    positive: await encodeText(services, textEncoder, 'A red apple', steps),
    negative: await encodeText(services, textEncoder, '', steps),
    sampler: 'dpmpp_2m',
    guidanceScale: 4,
    sigmas,
    signal: new AbortController().signal,
  })
  return decodeToImage(services.sessions, vae, latents.tensor)
}

/** Peak signal-to-noise ratio of pictures in 0 to 1, in dB. */
function psnr(a: Tensor, b: Tensor): number {
  const squares = a.data.reduce((sum, value, i) => sum + (value - (b.data[i] ?? NaN)) ** 2, 0)
  return 10 * Math.log10(a.data.length / squares)
}

describe('a precision', () => {
  test('fast paints nearly the picture that exact paints, small one a little further off', async () => {
    const exact = await paint('exact')
    const [fast, small] = [psnr(await paint('fast'), exact), psnr(await paint('small'), exact)]
    expect(fast).toBeGreaterThan(25)
    expect(fast).toBeLessThan(70)
    expect(small).toBeGreaterThan(14)
  }, 240_000)

  test('fast encodes a picture to nearly the same latents', async () => {
    const picture = await paint('exact')
    const [exact, fast] = await Promise.all([bundledAt('exact'), bundledAt('fast')])
    const wanted = await encodeToLatents(services.sessions, exact.vae, picture)
    const got = await encodeToLatents(services.sessions, fast.vae, picture)
    const error = Math.sqrt(
      got.data.reduce((sum, value, i) => sum + (value - (wanted.data[i] ?? NaN)) ** 2, 0) /
        wanted.data.reduce((sum, value) => sum + value ** 2, 0),
    )
    expect(error).toBeGreaterThan(0)
    expect(error).toBeLessThan(0.1)
  }, 240_000)

  test('is what the loader asks for, else what the host says', async () => {
    const support = await int8Support()
    const wanted = support.isUseful ? 'fast' : 'exact'
    const precisionOf = async (precision: 'auto' | Precision, host: Precision) => {
      const { outputs } = await runNode(
        loadCheckpoint,
        { checkpoint: 'patchbay-mini', precision },
        { services: { ...services, precision: host } },
      )
      return (outputs['model'] as DiffusionModel).denoising.part.precision
    }
    expect(await precisionOf('auto', 'exact')).toBe('exact')
    expect(await precisionOf('auto', 'fast')).toBe(wanted)
    expect(await precisionOf('fast', 'exact')).toBe(wanted)
    expect(await precisionOf('exact', 'fast')).toBe('exact')
  })
})
