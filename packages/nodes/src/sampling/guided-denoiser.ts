import { setImmediate } from 'node:timers/promises'
import type { Tensor } from '@patchbay/onnx/tensor'
import {
  createDenoiser,
  createGuidedDenoiser,
  maskLike,
  sigmaRangeOf,
  sigmaRangeOfSteps,
  withInpainting,
  type ConditioningPart as GuidingPart,
  type GuidedDenoiser,
} from '../diffusion/index.ts'
import { takesAestheticScore, type UNet2DConditionConfig } from '../architectures/unet-2d-condition/config.ts'
import { insideOf, type Rectangle } from '../image/geometry.ts'
import { resample } from '../image/resample.ts'
import type { ModelFamily } from '../families/checkpoint.ts'
import { controlledNetwork } from '../networks/control-net.ts'
import { perturbedModel, type NetworkConditioning } from '../networks/denoising-network.ts'
import type { Sessions } from '../networks/sessions.ts'
import { concatBatch } from '../tensor/index.ts'
import type { Area, Conditioning, ConditioningPart } from '../values/conditioning.ts'
import { controlsAt, timedControls, type TimedControl } from './controls.ts'
import type { DiffusionModel } from '../values/diffusion-model.ts'
import { pairedConditioning, type ToldConditioning } from './guidance-pair.ts'
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
  const toldAt = ({ controls, ...told }: GuidingConditioning, sigma: number) => ({
    guidanceScale,
    ...told,
    controls: controlsAt(controls, sigma),
  })
  const ask = async (x: Tensor, sigma: number, told: ToldConditioning, denoiser = network): Promise<Tensor> => {
    // Lets a cancellation in between two calls that each block this process.
    await setImmediate()
    signal.throwIfAborted()
    return denoiser(x, sigma, told)
  }
  const { perturbedAttention = 0, ...tamed } = model.guidance ?? {}
  const perturbed = createDenoiser(controlledNetwork(sessions, perturbedModel(model.denoising)), model.process)
  const guided = createGuidedDenoiser<GuidingConditioning>({
    ...tamed,
    process: model.process,
    denoiser: (x, sigma, told) => ask(x, sigma, toldAt(told, sigma)),
    async denoisePair(x, sigma, told, against) {
      const both = pairedConditioning(x, toldAt(told, sigma), toldAt(against, sigma))
      return both && ask(concatBatch([x, x]), sigma, both)
    },
    positive: positive.map((part) => guidingPart(model, latents.tensor, sigmas, part)),
    negative: negative.map((part) =>
      guidingPart(model, latents.tensor, sigmas, { aestheticScore: poorScore, ...part }),
    ),
    guidanceScale: negative.length > 0 ? guidanceScale : 1,
    perturbedAttention: {
      denoiser: (x, sigma, told) => ask(x, sigma, toldAt(told, sigma), perturbed),
      scale: perturbedAttention,
      ...(tamed.range && { range: tamed.range }),
    },
  })
  const { run, noiseMask, tensor } = latents
  if (!run || !noiseMask) return guided
  const { clean, initialNoise: noise } = run
  return withInpainting(guided, { process: model.process, latents: clean, noise, mask: latentMask(noiseMask, tensor) })
}

/** A mask of any size as weights for each element of latents. */
export function latentMask(mask: Tensor, latents: Tensor): Tensor {
  return maskLike(resample(mask, 1, sizeOfLatents(latents), 'bilinear'), latents.shape)
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
      ...toldOf(model, latents, part, area),
      ...(controls && { controls: timedControls(model, latents, controls, area) }),
    },
    ...(strength !== undefined && { strength }),
    ...(area && { area }),
    ...(mask && { mask: resample(mask, 1, sizeOfLatents(latents), 'bilinear') }),
    ...(during && { range: sigmaRangeOf(model.process, ...during) }),
    ...(duringSteps && { range: sigmaRangeOfSteps(sigmas, ...duringSteps) }),
  }
}

/** What the network is told; sizes that are missing are those of the picture, or of the pictures it was trained on. */
function toldOf(
  model: DiffusionModel,
  latents: Tensor,
  part: ConditioningPart,
  area: Rectangle | undefined,
): NetworkConditioning {
  const { embeddings, pooled, beside, aestheticScore } = part
  const { height, width } = sizeOfLatents(latents)
  const told = part.sizes ?? pictureSizes(model.family, height * model.latentScale, width * model.latentScale)
  const sizes = sizesTold(model.denoising.part.config, told, aestheticScore)
  return {
    embeddings,
    ...(pooled && { pooled, sizes }),
    ...(beside && { beside: area ? cropCells(beside, area) : beside }),
  }
}

/** The aesthetic scores that SDXL's refiner is told of what is wanted and of what is not. */
const [goodScore, poorScore] = [6, 2.5]

/** What SDXL is told of a picture: height, width, crop, target height and width (Podell et al. 2023, section 2.2). */
export function pictureSizes(family: ModelFamily, height: number, width: number): readonly number[] {
  const [h, w] = family === 'mini' ? [64, 64] : [height, width]
  return [h, w, 0, 0, h, w]
}

/** The sizes as a model takes them: its refiner is told an aesthetic score in place of the size that is wanted. */
export function sizesTold(
  config: Pick<UNet2DConditionConfig, 'addition'>,
  sizes: readonly number[],
  aestheticScore = goodScore,
): readonly number[] {
  return takesAestheticScore(config) ? [...sizes.slice(0, 4), aestheticScore] : sizes
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
