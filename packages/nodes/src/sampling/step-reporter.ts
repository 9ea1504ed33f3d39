import type { Preview, RunContext } from '@patchbay/engine'
import type { Tensor } from '@patchbay/onnx/tensor'
import type { StepProgress } from '../diffusion/index.ts'
import { familyNamed } from '../families/model-family.ts'
import { type AutoencoderModel, decodeToImage } from '../networks/image-autoencoder.ts'
import { decodeTinyToImage, openTinyDecoder } from '../networks/tiny-decoder.ts'
import type { Services } from '../host/services.ts'
import type { DiffusionModel } from '../values/diffusion-model.ts'
import { decodedPreviewsOf, fitProjection, previewsOf } from './latent-preview.ts'

export interface StepReporter {
  /** Reports a step: its number, and what it would be if it were the last. Throws when the run is cancelled. */
  readonly onStep: (progress: StepProgress) => void
  /** Resolves once the last preview is out. */
  done(): Promise<void>
}

/**
 * Reports the steps of a run with small pictures: by the tiny autoencoder of the model's family where one lies in
 * `vae_approx`, by the model's own where that is as quick, else by a projection learnt from it. With none there are
 * no pictures. A step that is reported while the picture of an earlier one is being made waits for it, and gives way
 * to the next: sampling is not held up. The last step has a picture only where an earlier one had, for the result
 * follows it: a run of one step learns no projection.
 */
export async function stepReporter(
  model: DiffusionModel,
  steps: number,
  context: RunContext<Services>,
): Promise<StepReporter> {
  const { signal, progress, preview } = context
  const previewer =
    (await tinyPreviewer(model, context)) ?? ownPreviewer(model, context) ?? linearPreviewer(model, context)
  let next: StepProgress | undefined
  let sending: Promise<void> | undefined
  const send = async () => {
    while (next) {
      const { denoised } = next
      next = undefined
      for (const picture of (await previewer?.(denoised)) ?? []) preview(picture)
    }
    sending = undefined
  }
  return {
    onStep(step) {
      signal.throwIfAborted()
      progress(step.step, steps)
      if (step.step >= steps && previewer?.isReady?.() === false) return
      next = step
      sending ??= send()
      // Whoever waits until it is done hears of it.
      sending.catch(() => undefined)
    },
    done: () => sending ?? Promise.resolve(),
  }
}

interface Previewer {
  (latents: Tensor): Promise<readonly Preview[]>
  /** Whether a picture is quick to be had; it is where this is missing. */
  isReady?(): boolean
}

async function tinyPreviewer(
  { family, latentChannels }: DiffusionModel,
  { services }: RunContext<Services>,
): Promise<Previewer | undefined> {
  const { preview: stem } = familyNamed(family)
  if (stem === undefined) return undefined
  const isFitting = (name: string) => name.startsWith(`${stem}_decoder.`) || name.startsWith(`${stem}.`)
  const name = (await services.namesIn('vae_approx')).find(isFitting)
  if (name === undefined) return undefined
  const decoder = openTinyDecoder(await services.pathOf('vae_approx', name))
  if (decoder.config.latentChannels !== latentChannels) return undefined
  return (latents) => decodedPreviewsOf(latents, (small) => decodeTinyToImage(services.sessions, decoder, small))
}

/** Of a decoder with more parameters than this, a preview would cost more than the step that it shows. */
const mostParameters = 8e6

function ownPreviewer(
  { previewAutoencoder: autoencoder }: DiffusionModel,
  { services }: RunContext<Services>,
): Previewer | undefined {
  if (!autoencoder || autoencoder.part.exported || decoderParametersOf(autoencoder) > mostParameters) return undefined
  return (latents) => decodedPreviewsOf(latents, (small) => decodeToImage(services.sessions, autoencoder, small))
}

function decoderParametersOf({ part: { weights } }: AutoencoderModel): number {
  const names = weights.names.filter((name) => name.startsWith('decoder.'))
  const sizes = names.map((name) => (weights.get(name)?.shape ?? []).reduce((product, size) => product * size, 1))
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** Learns its projection at the first picture, once for each VAE. */
function linearPreviewer(
  { previewAutoencoder: autoencoder }: DiffusionModel,
  { services: { sessions } }: RunContext<Services>,
): Previewer | undefined {
  if (!autoencoder) return undefined
  let learnt: Awaited<ReturnType<typeof fitProjection>> | undefined
  const previewer = async (latents: Tensor): Promise<readonly Preview[]> => {
    const key = `latent-projection|${autoencoder.key}`
    learnt ??= await sessions.remember(key, () => fitProjection(sessions, autoencoder))
    return previewsOf(latents, learnt)
  }
  return Object.assign(previewer, { isReady: () => learnt !== undefined })
}
