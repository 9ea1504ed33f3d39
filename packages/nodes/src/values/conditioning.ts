import type { Tensor } from '@patchbay/onnx/tensor'
import type { ImageTensor } from '../image/image.ts'
import type { ControlNetModel } from '../networks/control-net.ts'

/** One thing that guides the denoiser: an encoded text, and where and when it counts. */
export interface ConditioningPart {
  /** [1 or batch, tokens, width] */
  readonly embeddings: Tensor
  /** Pooled text, [1 or batch, n], for models that take one. */
  readonly pooled?: Tensor
  /** What SDXL is told of sizes; filled in from the latents when it is missing. */
  readonly sizes?: readonly number[]
  /** What SDXL's refiner is told of the picture's beauty, from 1 to 10. Default 6, of a negative part 2.5. */
  readonly aestheticScore?: number
  /** What a model distilled from guided ones is told of guidance (Flux); its best where it is missing. */
  readonly distilledGuidance?: number
  /** Channels beside the latents, [1 or batch, c, height, width], for inpainting models. */
  readonly beside?: Tensor
  /** ControlNets that steer the denoiser by pictures, each adding to what the others do. */
  readonly controls?: readonly Control[]
  /** Whether a negative part without controls gets those of this one when it is sampled. */
  readonly sharesControls?: boolean
  /** The part of the picture that it guides; all of it when it is missing. */
  readonly area?: Area
  /** [1 or batch, height, width] in any size; where it guides, and how much. */
  readonly mask?: Tensor
  /** A factor on the mask. Default 1. */
  readonly maskStrength?: number
  /** Whether the network sees only the rectangle round the mask, in place of all of the picture. */
  readonly isCutToMask?: boolean
  /** Its weight beside other parts of the same conditioning. Default 1. */
  readonly strength?: number
  /** The share of sampling at which it begins and ends to guide: 0 is the start, 1 the end. Default all. */
  readonly during?: readonly [start: number, end: number]
  /** The same as a share of the steps, as prompt schedules count. */
  readonly duringSteps?: readonly [start: number, end: number]
}

/** A picture that a ControlNet follows. */
export interface Control {
  readonly controlNet: ControlNetModel
  /** [1 or batch, height, width, 3] in any size; the middle of it is cut to the proportions of the latents. */
  readonly image: ImageTensor
  /** What it adds counts this much; 0 adds nothing. */
  readonly strength: number
  /** The share of sampling in which it acts. */
  readonly during: readonly [start: number, end: number]
}

/** In pixels of the picture, or as shares of its sides. */
export interface Area {
  readonly unit: 'pixels' | 'share'
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** What guides the denoiser: parts that are averaged by their weights where and when they count. */
export type Conditioning = readonly ConditioningPart[]

/** Each part with something changed. */
export function withEach(conditioning: Conditioning, change: Partial<ConditioningPart>): Conditioning {
  return conditioning.map((part) => ({ ...part, ...change }))
}

/** Each part with one more ControlNet beside those it has; `isShared` gives all of them to the negative part too. */
export function withControl(conditioning: Conditioning, control: Control, isShared = false): Conditioning {
  return conditioning.map(({ sharesControls: _, ...part }) => ({
    ...part,
    controls: [...(part.controls ?? []), control],
    ...(isShared && { sharesControls: true }),
  }))
}
