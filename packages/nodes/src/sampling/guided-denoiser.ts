import { setImmediate } from 'node:timers/promises'
import type { Tensor } from '@patchbay/onnx/tensor'
import {
  createDenoiser,
  createGuidedDenoiser,
  sigmaRangeOf,
  sigmaRangeOfSteps,
  withInpainting,
  type ConditioningPart as GuidingPart,
  type GuidedDenoiser,
} from '../diffusion/index.ts'
import { networkOf } from '../architectures/denoiser-part.ts'
import type { NetworkConditioning } from '../architectures/kinds/denoiser.ts'
import { insideOf, type Rectangle } from '../image/geometry.ts'
import { resample } from '../image/resample.ts'
import { familyNamed, type ModelFamily } from '../families/model-family.ts'
import { controlledNetwork } from '../networks/control-net.ts'
import { perturbedModel } from '../networks/denoising-network.ts'
import type { Sessions } from '../networks/sessions.ts'
import { concatBatch } from '../tensor/index.ts'
import type { Area, Conditioning, ConditioningPart } from '../values/conditioning.ts'
import { controlsAt, timedControls, type TimedControl } from './controls.ts'
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
}

interface GuidingConditioning extends NetworkConditioning {
  readonly controls?: readonly TimedControl[]
}

/** The denoiser of a model under its conditioning, for latents of this size; what their mask keeps stays as it is. */
export function guidedDenoiser(
  sessions: Sessions,
  model: DiffusionModel,
  latents: Latents,
  { positive, negative = [], guidanceScale, sigmas, signal }: Guidance,
): GuidedDenoiser {
  const network = createDenoiser(controlledNetwork(sessions, model.denoising), model.process)
  const conditioningAt = ({ controls, ...conditioning }: GuidingConditioning, sigma: number): ActingConditioning => ({
    guidanceScale,
    ...conditioning,
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
  const perturbed = createDenoiser(controlledNetwork(sessions, perturbedModel(model.denoising)), model.process)
  const guided = createGuidedDenoiser<GuidingConditioning>({
    ...tamed,
    process: model.process,
    denoiser: (x, sigma, conditioning) => ask(x, sigma, conditioningAt(conditioning, sigma)),
    async denoisePair(x, sigma, toward, away) {
      const both = pairedConditioning(x, conditioningAt(toward, sigma), conditioningAt(away, sigma))
      return both && ask(concatBatch([x, x]), sigma, both)
    },
    positive: positive.map((part) => guidingPart(model, latents.tensor, sigmas, part)),
    negative: negative.map((part) =>
      guidingPart(model, latents.tensor, sigmas, { aestheticScore: poorScore, ...part }),
    ),
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
  return withInpainting(guided, { process: model.process, latents: clean, noise, mask: latentMask(noiseMask, tensor) })
}

function guidingPart(
  model: DiffusionModel,
  latents: Tensor,
  sigmas: readonly number[],
  part: ConditioningPart,
): GuidingPart<GuidingConditioning> {
  const { mask, strength, during, duringSteps, controls } = part
  const area = part.area && insideOf(cellsOf(part.area, model.latentScale, latents), sizeOfLatents(latents))
  return {
    conditioning: {
      ...networkConditioning(model, latents, part, area),
      ...(controls && { controls: timedControls(model, latents, controls, area) }),
    },
    ...(strength !== undefined && { strength }),
    ...(area && { area }),
    ...(mask && { mask: resample(mask, 1, sizeOfLatents(latents), 'bilinear') }),
    ...(during && { range: sigmaRangeOf(model.process, ...during) }),
    ...(duringSteps && { range: sigmaRangeOfSteps(sigmas, ...duringSteps) }),
  }
}

/**
 * What the network takes of a part; sizes that are missing are those of the image, or of the images it was trained
 * on.
 */
function networkConditioning(
  model: DiffusionModel,
  latents: Tensor,
  part: ConditioningPart,
  area: Rectangle | undefined,
): NetworkConditioning {
  const { embeddings, pooled, beside, aestheticScore } = part
  const { height, width } = sizeOfLatents(latents)
  const imageSizes = part.sizes ?? sizesOfImage(model.family, height * model.latentScale, width * model.latentScale)
  const sizes = networkOf(model.denoising.part).sizeConditioning(imageSizes, aestheticScore)
  return {
    embeddings,
    ...(pooled && { pooled }),
    ...(sizes && { sizes }),
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

/** The latents that an area of the picture covers, at least one. */
function cellsOf({ unit, x, y, width, height }: Area, scale: number, latents: Tensor): Omit<Area, 'unit'> {
  const size = sizeOfLatents(latents)
  const [perX, perY] = unit === 'share' ? [size.width, size.height] : [1 / scale, 1 / scale]
  return {
    x: Math.round(x * perX),
    y: Math.round(y * perY),
    width: Math.max(1, Math.round(width * perX)),
    height: Math.max(1, Math.round(height * perY)),
  }
}
