import { zeros, type Tensor } from '@patchbay/onnx/tensor'
import { sigmasFor } from '../diffusion/index.ts'
import { imageOfPlanes, type ImageTensor } from '../image/image.ts'
import { decodeToImage, type AutoencoderModel } from '../networks/image-autoencoder.ts'
import { createSessions } from '../networks/sessions.ts'
import type { DiffusionModel } from '../values/diffusion-model.ts'
import type { CaptionEncoder } from '../encoding/encode-captions.ts'
import { continueRun, startRun } from '../sampling/sample-latents.ts'
import type { Services } from '../host/services.ts'

export interface SampleRequest {
  readonly encodeCaptions: CaptionEncoder
  /** One picture each. */
  readonly prompts: readonly string[]
  /** Of the latents, along each side. */
  readonly side: number
  readonly signal: AbortSignal
  /** Default 12. */
  readonly steps?: number
  /** Of the first picture's noise. Default 0. */
  readonly seed?: number
  /** For a model that was distilled: as it is meant to be sampled, without guidance. */
  readonly isDistilled?: boolean
}

const usual = { sampler: 'dpmpp_2m', scheduler: 'karras', guidanceScale: 4 } as const
/** A step of LCM keeps what is denoised and adds noise anew: what the student of a distillation was trained from. */
const distilled = { sampler: 'lcm', scheduler: 'simple', guidanceScale: 1 } as const

/** Pictures of a model whose weights are used this once, from the same noise each time: [prompts, height, width, 3]. */
export async function sampleModel(
  services: Services,
  model: DiffusionModel,
  { vae, ...request }: SampleRequest & { readonly vae: AutoencoderModel },
): Promise<ImageTensor> {
  const latents = await sampleLatents(services, model, request)
  return imageOfPlanes(await decodeToImage(services.sessions, vae, latents), { low: 0, high: 1 })
}

/** The same before they are decoded: [prompts, channels, side, side]. */
export async function sampleLatents(
  services: Services,
  model: DiffusionModel,
  { encodeCaptions, prompts, side, signal, steps = 12, seed = 0, isDistilled = false }: SampleRequest,
): Promise<Tensor> {
  const sessions = createSessions(services.device)
  try {
    const [positive, negative] = [await encodeCaptions(prompts), await encodeCaptions(prompts.map(() => ''))]
    const { sampler, scheduler, guidanceScale } = isDistilled ? distilled : usual
    const sigmas = sigmasFor(model.process, scheduler, steps)
    const latents = {
      tensor: zeros('float32', [prompts.length, model.latentChannels, side, side]),
      scale: model.latentScale,
    }
    const start = startRun(model, latents, sigmas, { seed, generator: 'philox' })
    const guidance = { positive: [positive], negative: [negative], guidanceScale, sigmas, signal }
    return (await continueRun(sessions, model, start, { ...guidance, sampler })).latents.tensor
  } finally {
    await sessions.clear()
  }
}

/** The prompts to sample with: the given lines, or else captions spread over the data. */
export function samplePrompts(lines: string, captions: readonly string[], count = 9): readonly string[] {
  const given = lines
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
  if (given.length > 0) return given
  const some = Math.min(count, captions.length)
  return Array.from({ length: some }, (_, i) => captions[Math.floor((i * captions.length) / some)] ?? '')
}
