import type { RunContext } from '@patchbay/engine'
import type { StepProgress } from '../diffusion/index.ts'
import type { Services } from '../services.ts'
import type { DiffusionModel } from './diffusion-model.ts'
import { fitProjection, previewsOf } from './latent-preview.ts'

export interface StepReporter {
  /** Reports a step: its number, and what it would be if it were the last. Throws when the run is cancelled. */
  readonly onStep: (progress: StepProgress) => void
  /** Resolves once the last preview is out. */
  done(): Promise<void>
}

/** Reports the steps of a run with a small picture of each. Without an autoencoder to learn the projection from, there are no pictures. */
export async function stepReporter(
  model: DiffusionModel,
  steps: number,
  { signal, progress, preview, services, resources }: RunContext<Services>,
): Promise<StepReporter> {
  const autoencoder = model.previewAutoencoder
  const projection =
    autoencoder &&
    (
      await resources.acquire({
        key: `latent-projection|${autoencoder.key}`,
        bytes: 1024,
        load: () => fitProjection(services.sessions, autoencoder),
      })
    ).value
  let last: Promise<void> = Promise.resolve()
  const send = async ({ denoised }: StepProgress) => {
    if (!projection) return
    for (const picture of await previewsOf(denoised, projection)) preview(picture)
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
