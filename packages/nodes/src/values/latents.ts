import { float32, zeros, type Tensor } from '@patchbay/onnx/tensor'
import { cropImage, type Rectangle } from '../image/geometry.ts'
import type { NoiseGenerator, Seed } from '../random/index.ts'
import { reshape } from '../tensor/index.ts'

/** Latents as they pass between nodes. */
export interface Latents {
  /** [batch, channels, height, width] */
  readonly tensor: Tensor
  /** How many pixels of the picture one of its sides has for each of the latents'. */
  readonly scale: number
  /** [1 or batch, height, width] in any size: 1 where sampling may change something. */
  readonly noiseMask?: Tensor
  /** Zeros that stand for any model's latents of that size; sampling gives them the channels they need. */
  readonly isEmpty?: true
  /** Sides that were left to the model: empty latents take the size of the pictures it was trained on there. */
  readonly openSides?: { readonly width: boolean; readonly height: boolean }
  /**
   * Of latents that were taken out of a batch, or put together of several: which pictures of one batch they are. A
   * generator that draws a whole batch gives them the noise that they had there.
   */
  readonly places?: readonly number[]
  /** How many consecutive ones of the batch are the frames of one clip. Pictures by themselves where it is missing. */
  readonly frames?: number
  /** Set between the steps of a run that goes on. */
  readonly run?: UnfinishedRun
}

/** What a run that stopped between two steps has to remember to go on as if it had not. */
export interface UnfinishedRun {
  readonly noise: NoiseChoice
  /** What the sampler remembers, newest first. */
  readonly history: readonly Tensor[]
  /** What the noise was added to: where the mask is 0, this comes back. */
  readonly clean: Tensor
  /** The noise that was added, as a standard normal. */
  readonly initialNoise: Tensor
}

export interface NoiseChoice {
  readonly seed: Seed
  readonly generator: NoiseGenerator
}

/** The four sizes of latents. Throws a RangeError for a tensor that is none. */
export function sizeOfLatents({ shape }: Tensor): { batch: number; channels: number; height: number; width: number } {
  const [batch, channels, height, width] = shape
  if (shape.length !== 4 || !batch || !channels || !height || !width) {
    throw new RangeError(`Latents are [batch, channels, height, width], but got [${shape.join(', ')}]`)
  }
  return { batch, channels, height, width }
}

/**
 * How many of a batch make one clip; undefined for pictures by themselves. Throws a RangeError where the batch is no
 * whole number of clips.
 */
export function clipLengthOf({ tensor, frames }: Latents): number | undefined {
  if (frames === undefined) return undefined
  const { batch } = sizeOfLatents(tensor)
  if (batch % frames !== 0) {
    throw new RangeError(`${batch} latents are no whole number of clips of ${frames} frames: pick whole clips.`)
  }
  return frames
}

/** What stands for a side that was left to the model, until a model that says what it is takes the latents. */
const usualSide = 512

/**
 * Latents of nothing yet, for pictures of this size in pixels; a side of 0 is left to the model. With `frames`, each of
 * the batch is a clip of so many.
 */
export function emptyLatentsOf(size: {
  readonly width: number
  readonly height: number
  readonly batch: number
  readonly frames?: number
}): Latents {
  const cells = (pixels: number): number => Math.max(1, Math.floor((pixels || usualSide) / 8))
  const openSides = { width: size.width === 0, height: size.height === 0 }
  return {
    tensor: zeros('float32', [size.batch * (size.frames ?? 1), 4, cells(size.height), cells(size.width)]),
    scale: 8,
    isEmpty: true,
    ...(size.frames !== undefined && { frames: size.frames }),
    ...((openSides.width || openSides.height) && { openSides }),
  }
}

/** A rectangle of the cells of latents, or of other channels beside them; what lies outside is left out. */
export function cropCells(tensor: Tensor, rectangle: Rectangle): Tensor {
  const { batch, channels, height, width } = sizeOfLatents(tensor)
  const { shape, data } = cropImage(reshape(tensor, [batch * channels, height, width]), rectangle)
  return float32([batch, channels, ...shape.slice(1)], data)
}
