import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { zeros } from '@patchbay/onnx/tensor'
import { sigmasFor } from '../src/diffusion/index.ts'
import { imageOfPlanes, type ImageTensor } from '../src/image/image.ts'
import { createLocalServices } from '../src/host/local-services.ts'
import { decodeToImage } from '../src/networks/image-autoencoder.ts'
import { loadCheckpointParts } from '../src/opening/checkpoint-values.ts'
import { encodeText } from '../src/encoding/encode-text.ts'
import { continueRun, startRun } from '../src/sampling/sample-latents.ts'
export const bundledFolder = fileURLToPath(new URL('../assets/checkpoints/patchbay-mini', import.meta.url))

export interface PaintSettings {
  readonly seed: number
  readonly steps?: number
  readonly guidanceScale?: number
}

/** What the bundled checkpoint is meant to be sampled with. */
export const paintDefaults = { steps: 20, guidanceScale: 4, side: 64 } as const

/** The bundled checkpoint, loaded once, painting as the nodes paint. */
export async function createPainter(folder = bundledFolder) {
  const services = createLocalServices({ output: tmpdir() })
  const { model, textEncoder, vae } = loadCheckpointParts(folder)
  if (!textEncoder || !vae) throw new Error(`"${folder}" lacks a text encoder or a VAE`)
  return async (prompt: string, settings: PaintSettings): Promise<ImageTensor> => {
    const { seed, steps = paintDefaults.steps, guidanceScale = paintDefaults.guidanceScale } = settings
    const cells = paintDefaults.side / model.latentScale
    const empty = { tensor: zeros('float32', [1, model.latentChannels, cells, cells]), scale: model.latentScale }
    const sigmas = sigmasFor(model.process, 'karras', steps, 1)
    const { latents } = await continueRun(
      services.sessions,
      model,
      startRun(model, empty, sigmas, { seed, generator: 'philox' }),
      {
        positive: await encodeText(services, textEncoder, prompt, steps),
        negative: await encodeText(services, textEncoder, '', steps),
        sampler: 'dpmpp_2m',
        guidanceScale,
        sigmas,
        signal: new AbortController().signal,
      },
    )
    return imageOfPlanes(await decodeToImage(services.sessions, vae, latents.tensor), { low: 0, high: 1 })
  }
}
