import type { Preview, RunContext } from '@patchbay/engine'
import type { StepProgress } from '../diffusion/index.ts'
import type { ModelFamily } from '../models/checkpoint.ts'
import { openTinyDecoder } from '../models/tiny-decoder.ts'
import type { Services } from '../services.ts'
import type { Tensor } from '../tensor/index.ts'
import type { DiffusionModel } from './diffusion-model.ts'
import { decodedPreviewsOf, fitProjection, previewsOf } from './latent-preview.ts'

export interface StepReporter {
  /** Reports a step: its number, and what it would be if it were the last. Throws when the run is cancelled. */
  readonly onStep: (progress: StepProgress) => void
  /** Resolves once the last preview is out. */
  done(): Promise<void>
}

/**
 * Reports the steps of a run with a small picture of each: by the tiny autoencoder of the model's family where one lies in
 * `vae_approx`, else by a projection learnt from the model's own. With neither there are no pictures.
 */
export async function stepReporter(
  model: DiffusionModel,
  steps: number,
  context: RunContext<Services>,
): Promise<StepReporter> {
  const { signal, progress, preview } = context
  const previewer = (await tinyPreviewer(model, context)) ?? (await linearPreviewer(model, context))
  let last: Promise<void> = Promise.resolve()
  const send = async ({ denoised }: StepProgress) => {
    for (const picture of (await previewer?.(denoised)) ?? []) preview(picture)
  }
  return {
    onStep(step) {
      signal.throwIfAborted()
      progress(step.step, steps)
      last = last.then(() => send(step))
    },
    done: () => last,
  }
}

type Previewer = (latents: Tensor) => Promise<readonly Preview[]>

/** How the tiny autoencoders of each family are called where people have them. */
const tinyNames: Readonly<Partial<Record<ModelFamily, string>>> = {
  sd1: 'taesd',
  sd2: 'taesd',
  sdxl: 'taesdxl',
  'sdxl-refiner': 'taesdxl',
  mini: 'taemini',
}

async function tinyPreviewer(
  { family, latentChannels }: DiffusionModel,
  { services }: RunContext<Services>,
): Promise<Previewer | undefined> {
  const stem = tinyNames[family]
  if (stem === undefined) return undefined
  const isFitting = (name: string) => name.startsWith(`${stem}_decoder.`) || name.startsWith(`${stem}.`)
  const name = (await services.namesIn('vae_approx')).find(isFitting)
  if (name === undefined) return undefined
  const decoder = openTinyDecoder(await services.pathOf('vae_approx', name))
  if (decoder.config.latentChannels !== latentChannels) return undefined
  return (latents) => decodedPreviewsOf(services.sessions, latents, decoder)
}

async function linearPreviewer(
  { previewAutoencoder: autoencoder }: DiffusionModel,
  { services, resources }: RunContext<Services>,
): Promise<Previewer | undefined> {
  if (!autoencoder) return undefined
  const { value: projection } = await resources.acquire({
    key: `latent-projection|${autoencoder.key}`,
    bytes: 1024,
    load: () => fitProjection(services.sessions, autoencoder),
  })
  return (latents) => previewsOf(latents, projection)
}
