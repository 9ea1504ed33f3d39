import { float32, zeros, type Tensor, numberAt } from '@patchbay/onnx/tensor'
import { batchSize, sum, sliceBatch } from '../../tensor/index.ts'
import type { Formulas } from '../formulas.ts'
import type { Denoiser } from '../process/denoiser.ts'
import type { SigmaScale } from '../process/noise-process.ts'
import type { Denoise, GuidedEstimate } from '../samplers/index.ts'
import { lonePart, mixParts, type ConditioningPart, type MixedEstimate } from './conditioning-part.ts'
import { thresholdDynamically, type DynamicThreshold } from './dynamic-threshold.ts'
import { rescaleGuidance } from './rescale.ts'
import { isWithin, type SigmaRange } from './sigma-range.ts'

export interface Guidance<Conditioning> {
  readonly denoiser: Denoiser<Conditioning>
  /**
   * Both estimates in one call: for x twice in a batch, the first half under `positive`, the second under `negative`.
   * Resolves to undefined where the two cannot go together, or gain nothing by it. Where it is missing they are
   * always asked one after the other.
   */
  denoisePair?(x: Tensor, sigma: number, positive: Conditioning, negative: Conditioning): Promise<Tensor | undefined>
  readonly process: SigmaScale
  readonly positive: readonly ConditioningPart<Conditioning>[]
  /** None: the positive estimate is used as it is. */
  readonly negative: readonly ConditioningPart<Conditioning>[]
  /** denoised = negative + guidanceScale · (positive − negative); 1 asks for no negative estimate at all. */
  readonly guidanceScale: number
  /** Where guidance acts; elsewhere the positive estimate is used as it is. Everywhere by default. */
  readonly range?: SigmaRange
  /** The share, 0 to 1, by which the spread of the guided velocity is brought back to the positive one's. */
  readonly rescale?: number
  readonly dynamicThreshold?: DynamicThreshold
  readonly perturbedAttention?: PerturbedAttention<Conditioning>
  /**
   * What stands in cells that no part of a side reaches: the other side's estimate, so that nothing guides there; with
   * ComfyUI's formulas 0, so that guidance leads away from the negative. Default `published`.
   */
  readonly formulas?: Formulas
}

/** Guidance away from an estimate whose self-attention was replaced by the identity: Ahn et al. (2024), eq. 16. */
export interface PerturbedAttention<Conditioning> {
  /** The same model with its self-attention perturbed. */
  readonly denoiser: Denoiser<Conditioning>
  readonly scale: number
  readonly range?: SigmaRange
}

/** What a sampler asks, made of a denoiser and all that guides it. */
export interface GuidedDenoiser {
  readonly denoise: Denoise
  readonly denoiseGuided: (x: Tensor, sigma: number) => Promise<GuidedEstimate>
}

/**
 * Classifier-free guidance (Ho and Salimans 2022, eq. 6) over any number of positive and negative parts, then
 * perturbed attention, rescaling and dynamic thresholding, in that order. Where no positive part acts, the negative
 * estimate stands alone.
 */
export function createGuidedDenoiser<Conditioning>(guidance: Guidance<Conditioning>): GuidedDenoiser {
  const { denoiser, process, positive, negative, guidanceScale, range, rescale = 0 } = guidance

  async function estimate(x: Tensor, sigma: number, wantsNegative: boolean): Promise<GuidedEstimate> {
    const isGuided = guidanceScale !== 1 && (range === undefined || isWithin(range, sigma))
    const ask = (part: Tensor, conditioning: Conditioning): Promise<Tensor> => denoiser(part, sigma, conditioning)
    const pair = isGuided || wantsNegative ? await estimatePair(x, sigma) : undefined
    const answer = pair?.positive ?? (await mixParts(positive, x, sigma, ask))
    const isFilled = guidance.formulas !== 'comfyui'
    const isPartial = isFilled && (answer === undefined || answer.coverage !== undefined)
    const needsNegative = isGuided || wantsNegative || isPartial
    const against = pair?.negative ?? (needsNegative ? await mixParts(negative, x, sigma, ask) : undefined)
    const fill = (own: MixedEstimate | undefined, other: MixedEstimate | undefined): Tensor =>
      isFilled ? filledUp(own, other, sigma) : (own?.denoised ?? zeros('float32', x.shape))
    const positiveEstimate = fill(answer, against)
    const negativeEstimate =
      against === undefined && (isFilled || negative.length === 0) ? positiveEstimate : fill(against, answer)
    const weight = isGuided ? guidanceScale : 1
    let denoised = sum([
      [weight, positiveEstimate],
      [1 - weight, negativeEstimate],
    ])
    denoised = await perturb(denoised, positiveEstimate, x, sigma)
    if (isGuided && rescale > 0) denoised = rescaleGuidance(x, sigma, positiveEstimate, denoised, rescale, process)
    const threshold = guidance.dynamicThreshold
    if (isGuided && threshold !== undefined && threshold.mimicScale < weight) {
      const mimic = sum([
        [threshold.mimicScale, positiveEstimate],
        [1 - threshold.mimicScale, negativeEstimate],
      ])
      denoised = thresholdDynamically(denoised, mimic, threshold.percentile)
    }
    return { denoised, negative: negativeEstimate }
  }

  /** Both estimates at once, where each side is one part that acts on everything. */
  async function estimatePair(
    x: Tensor,
    sigma: number,
  ): Promise<{ readonly positive: MixedEstimate; readonly negative: MixedEstimate } | undefined> {
    const [one, other] = [lonePart(positive, sigma), lonePart(negative, sigma)]
    if (!one || !other) return undefined
    const both = await guidance.denoisePair?.(x, sigma, one.conditioning, other.conditioning)
    if (!both) return undefined
    const batch = batchSize(x)
    return {
      positive: { denoised: sliceBatch(both, 0, batch), coverage: undefined },
      negative: { denoised: sliceBatch(both, batch, 2 * batch), coverage: undefined },
    }
  }

  async function perturb(denoised: Tensor, positiveEstimate: Tensor, x: Tensor, sigma: number): Promise<Tensor> {
    const perturbed = guidance.perturbedAttention
    if (perturbed === undefined || perturbed.scale === 0) return denoised
    if (perturbed.range !== undefined && !isWithin(perturbed.range, sigma)) return denoised
    const worse = await mixParts(positive, x, sigma, (part, conditioning) =>
      perturbed.denoiser(part, sigma, conditioning),
    )
    if (worse === undefined) return denoised
    return sum([
      [1, denoised],
      [perturbed.scale, positiveEstimate],
      [-perturbed.scale, filledUp(worse, undefined, sigma)],
    ])
  }

  return {
    denoise: async (x, sigma) => (await estimate(x, sigma, false)).denoised,
    denoiseGuided: (x, sigma) => estimate(x, sigma, true),
  }
}

/** An estimate with its uncovered cells taken from another. Throws a RangeError when neither acts at this sigma. */
function filledUp(estimate: MixedEstimate | undefined, other: MixedEstimate | undefined, sigma: number): Tensor {
  const main = estimate ?? other
  if (main === undefined) {
    throw new RangeError(
      `No conditioning acts at sigma ${sigma}: extend the range of a positive or negative part, or add one without a range`,
    )
  }
  if (main.coverage === undefined || main === other || other === undefined) return main.denoised
  const { coverage } = main
  const perItem = main.denoised.data.length / batchSize(main.denoised)
  const cells = coverage.data.length / batchSize(main.denoised)
  const data = main.denoised.data.slice()
  for (let i = 0; i < data.length; i++) {
    if (numberAt(coverage.data, Math.floor(i / perItem) * cells + (i % cells)) === 0)
      data[i] = numberAt(other.denoised.data, i)
  }
  return float32(main.denoised.shape, data)
}
