import { zeros, type Tensor } from '@patchbay/onnx/tensor'
import {
  noisyLatents,
  restoredLatents,
  sample,
  type SamplerName,
  type StepProgress,
  type StepRange,
} from '../diffusion/index.ts'
import type { Sessions } from '../networks/sessions.ts'
import { createStepNoise, initialNoise, type NoiseVariation } from '../random/index.ts'
import type { DiffusionModel } from '../values/diffusion-model.ts'
import { guidedDenoiser, type Guidance } from './guided-denoiser.ts'
import { keepUnmasked, withKeptNoise } from './masked-run.ts'
import { sizeOfLatents, type Latents, type NoiseChoice } from '../values/latents.ts'

/**
 * Latents at the noise level of the first sigma, from which a run can begin. Item k of a batch gets the noise that its
 * generator has for it. Without sigmas nothing is to run, and the latents stay as they are.
 */
export function startRun(
  model: DiffusionModel,
  latents: Latents,
  sigmas: readonly number[],
  noise: NoiseChoice | undefined,
  /**
   * Whether noise is added at the start, and not by stochastic samplers alone: false to go on from latents that are
   * still noisy.
   */
  isAdded = true,
  variation?: NoiseVariation,
): Latents {
  const [first] = sigmas
  const clean = fitting(model, latents)
  const drawn =
    noise && isAdded
      ? initialNoise({ ...noise, shape: clean.shape, places: latents.places }, variation)
      : zeros('float32', clean.shape)
  const tensor = first === undefined || !noise ? clean : noisyLatents(model.process, clean, drawn, first)
  const run = { noise: noise ?? { seed: 0, generator: 'philox' as const }, history: [], clean, initialNoise: drawn }
  const { isEmpty: _, openSides: __, ...rest } = latents
  return { ...rest, tensor, scale: model.latentScale, run }
}

/** Empty latents take the channels and the size of the model's; others have to be the model's own. */
function fitting(model: DiffusionModel, { tensor, scale, isEmpty, openSides }: Latents): Tensor {
  const { batch, channels, height, width } = sizeOfLatents(tensor)
  if (!openSides && channels === model.latentChannels && scale === model.latentScale) return tensor
  if (!isEmpty) {
    throw new RangeError(
      `The latents have ${channels} channels, but this model's have ${model.latentChannels}: encode the picture with the model's own VAE`,
    )
  }
  const sized = (length: number, isOpen = false) => {
    const pixels = isOpen && model.nativeSize !== undefined ? model.nativeSize : length * scale
    return Math.max(1, Math.floor(pixels / model.latentScale))
  }
  return zeros('float32', [
    batch,
    model.latentChannels,
    sized(height, openSides?.height),
    sized(width, openSides?.width),
  ])
}

export interface RunSettings extends Guidance {
  readonly sampler: SamplerName
  /** The steps of it to take. Default all. */
  readonly range?: StepRange
  readonly eta?: number
  readonly noiseScale?: number
  readonly onStep?: (progress: StepProgress) => void
}

export interface RunResult {
  /** After the last step of the schedule these are clean latents; before it they can be continued. */
  readonly latents: Latents
  /** The estimate of the clean latents at the last step. */
  readonly denoised: Latents
}

/**
 * Takes steps of a run that `startRun` began, all of them or some. Each result continues the run: one step after
 * another gives, bit for bit, what all steps at once give.
 */
export async function continueRun(
  sessions: Sessions,
  model: DiffusionModel,
  latents: Latents,
  settings: RunSettings,
): Promise<RunResult> {
  const { sigmas, sampler, onStep } = settings
  const end = Math.max(0, sigmas.length - 1)
  const range = settings.range ?? { first: 0, end }
  const run = latents.run ?? startRun(model, latents, [], undefined).run
  if (!run) throw new Error('A run has a beginning')
  const { x, denoised, history } = await sample({
    sampler,
    ...guidedDenoiser(sessions, model, withKeptNoise(latents, settings), settings),
    x: latents.tensor,
    sigmas,
    range,
    noise: createStepNoise({ ...run.noise, shape: latents.tensor.shape }),
    process: model.process,
    history: run.history,
    ...(settings.eta !== undefined && { eta: settings.eta }),
    ...(settings.noiseScale !== undefined && { noiseScale: settings.noiseScale }),
    ...(settings.formulas && { formulas: settings.formulas }),
    ...(onStep && { onStep }),
  })
  const { run: _, ...rest } = latents
  const isOver = range.end >= end
  const last = sigmas.at(-1) ?? 0
  const tensor = isOver ? keepUnmasked(latents, restoredLatents(model.process, x, last), last) : x
  return {
    latents: { ...rest, tensor, ...(!isOver && { run: { ...run, history } }) },
    denoised: { ...rest, tensor: denoised ?? tensor },
  }
}
