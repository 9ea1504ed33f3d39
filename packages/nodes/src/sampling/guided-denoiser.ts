import { setImmediate } from 'node:timers/promises'
import type { Tensor } from '@patchbay/onnx/tensor'
import {
  createDenoiser,
  createGuidedDenoiser,
  sigmaRangeOf,
  sigmaRangeOfSteps,
  withInpainting,
  type Formulas,
  type ConditioningPart as GuidingPart,
  type GuidedDenoiser,
} from '../diffusion/index.ts'
import { networkOf } from '../architectures/denoiser-part.ts'
import type { NetworkConditioning } from '../architectures/kinds/denoiser.ts'
import { besideLatents } from '../encoding/inpainting.ts'
import { familyNamed, type ModelFamily } from '../families/model-family.ts'
import { controlledNetwork } from '../networks/control-net.ts'
import { perturbedModel } from '../networks/denoising-network.ts'
import type { Sessions } from '../networks/sessions.ts'
import { concatBatch } from '../tensor/index.ts'
import type { Conditioning } from '../values/conditioning.ts'
import { placedSides, type PlacedPart } from './placed-parts.ts'
import { controlsAt, timedControls, type TimedControl } from './controls.ts'
import { changedNetwork, changeInputsFor, type InputsAt } from './model-changes.ts'
import type { DiffusionModel } from '../values/diffusion-model.ts'
import { pairedConditioning, type ActingConditioning } from './guidance-pair.ts'
import { latentMask } from '../values/latent-mask.ts'
import { cropCells, sizeOfLatents, type Latents } from '../values/latents.ts'

export interface Guidance {
  readonly positive: Conditioning
  /** Without it nothing is guided against, and the scale has no effect. */
  readonly negative?: Conditioning | undefined
  /** How far beyond the positive estimate to go, seen from the negative one: 1 is the positive estimate itself. */
  readonly guidanceScale: number
  /** The whole schedule of the run. */
  readonly sigmas: readonly number[]
  readonly signal: AbortSignal
  /** Default `published`. */
  readonly formulas?: Formulas
}

/** What the parts of a run's conditioning are made ready for. */
interface PartContext {
  readonly model: DiffusionModel
  readonly latents: Latents
  readonly sigmas: readonly number[]
  readonly formulas: Formulas
}

interface GuidingConditioning extends NetworkConditioning {
  readonly controls?: readonly TimedControl[]
  readonly addedAt?: InputsAt
}

/** The denoiser of a model under its conditioning, for latents of this size; what their mask keeps stays as it is. */
export function guidedDenoiser(
  sessions: Sessions,
  model: DiffusionModel,
  latents: Latents,
  { positive, negative = [], guidanceScale, sigmas, signal, formulas = 'published' }: Guidance,
): GuidedDenoiser {
  const parts: PartContext = { model, latents, sigmas, formulas }
  const sides = placedSides(latents.tensor, model.latentScale, {
    positive,
    negative: negative.map((part) => ({ aestheticScore: poorScore, ...part })),
  })
  const changed = changedNetwork(model)
  const network = createDenoiser(controlledNetwork(sessions, changed), model.process)
  const conditioningAt = (
    { controls, addedAt, ...conditioning }: GuidingConditioning,
    sigma: number,
  ): ActingConditioning => ({
    guidanceScale,
    ...conditioning,
    ...(addedAt && { added: addedAt(sigma) }),
    controls: controlsAt(controls, sigma),
  })
  const ask = async (
    x: Tensor,
    sigma: number,
    conditioning: ActingConditioning,
    denoiser = network,
  ): Promise<Tensor> => {
    // Lets a cancellation in between two calls that each block this process.
    await setImmediate()
    signal.throwIfAborted()
    return denoiser(x, sigma, conditioning)
  }
  const { perturbedAttention = 0, ...tamed } = model.guidance ?? {}
  const perturbed = createDenoiser(controlledNetwork(sessions, perturbedModel(changed)), model.process)
  const guided = createGuidedDenoiser<GuidingConditioning>({
    ...tamed,
    process: model.process,
    denoiser: (x, sigma, conditioning) => ask(x, sigma, conditioningAt(conditioning, sigma)),
    async denoisePair(x, sigma, toward, away) {
      const both = pairedConditioning(x, conditioningAt(toward, sigma), conditioningAt(away, sigma))
      return both && ask(concatBatch([x, x]), sigma, both)
    },
    positive: sides.positive.map((part) => guidingPart(parts, part, 'positive')),
    negative: sides.negative.map((part) => guidingPart(parts, part, 'negative')),
    formulas,
    guidanceScale: negative.length > 0 ? guidanceScale : 1,
    perturbedAttention: {
      denoiser: (x, sigma, conditioning) => ask(x, sigma, conditioningAt(conditioning, sigma), perturbed),
      scale: perturbedAttention,
      ...(tamed.range && { range: tamed.range }),
    },
  })
  const { run, noiseMask, tensor } = latents
  if (!run || !noiseMask) return guided
  const { clean, initialNoise: noise } = run
  const mask = latentMask(noiseMask, tensor)
  const { process, gradualMask: gradual = 0 } = model
  return withInpainting(guided, { process, latents: clean, noise, mask, formulas, gradual, sigmas })
}

function guidingPart(
  { model, latents, sigmas, formulas }: PartContext,
  part: PlacedPart,
  side: 'positive' | 'negative',
): GuidingPart<GuidingConditioning> {
  const { area, mask, strength = 1, maskStrength = 1, during, duringSteps, controls } = part
  const addedAt = changeInputsFor(model, latents.tensor, side, area)
  return {
    conditioning: {
      ...networkConditioning(model, latents, part),
      ...(addedAt && { addedAt }),
      ...(controls && { controls: timedControls(model, latents.tensor, controls, area, formulas) }),
    },
    strength: strength * maskStrength,
    ...(area && { area }),
    ...(mask && { mask }),
    ...(during && { range: sigmaRangeOf(model.process, ...during) }),
    ...(duringSteps && { range: sigmaRangeOfSteps(sigmas, ...duringSteps) }),
  }
}

/**
 * What the network takes of a part; sizes that are missing are those of the image, or of the images it was trained
 * on.
 */
function networkConditioning(model: DiffusionModel, latents: Latents, part: PlacedPart): NetworkConditioning {
  const { embeddings, pooled, area, aestheticScore, distilledGuidance } = part
  const { height, width } = sizeOfLatents(latents.tensor)
  const imageSizes = part.sizes ?? sizesOfImage(model.family, height * model.latentScale, width * model.latentScale)
  const sizes = networkOf(model.denoising.part).sizeConditioning(imageSizes, aestheticScore)
  const beside = besideLatents(networkOf(model.denoising.part), latents, part.beside)
  return {
    embeddings,
    ...(pooled && { pooled }),
    ...(sizes && { sizes }),
    ...(distilledGuidance !== undefined && { distilledGuidance }),
    ...(beside && { beside: area ? cropCells(beside, area) : beside }),
  }
}

/** The aesthetic score that SDXL's refiner is told of what is not wanted (Podell et al. 2023, section 2.5). */
const poorScore = 2.5

/** What SDXL is told of an image: height, width, crop, target height and width (Podell et al. 2023, section 2.2). */
export function sizesOfImage(family: ModelFamily, height: number, width: number): readonly number[] {
  const { conditionedSide: side } = familyNamed(family)
  const [h, w] = side === undefined ? [height, width] : [side, side]
  return [h, w, 0, 0, h, w]
}
