import { networkOf } from '../architectures/denoiser-part.ts'
import type { PredictionType } from '../diffusion/process/noise-process.ts'
import type { ModelFamily } from '../families/model-family.ts'
import { openCheckpoint } from './open-checkpoint.ts'
import { openDiffusionModel } from './separate-parts.ts'

/** What a checkpoint is, of the names and sizes of its weights. */
export interface CheckpointSummary {
  readonly family: ModelFamily
  readonly predictionType: PredictionType
  /** Whether its network takes a mask and a masked picture beside the latents. */
  readonly isInpainting: boolean
}

/** Reads what a checkpoint, or a denoising network by itself, is. Throws an Error for a file that is neither. */
export function summaryOfCheckpoint(path: string, part: 'whole' | 'denoiser' = 'whole'): CheckpointSummary {
  const { family, process, denoiser } = part === 'whole' ? openCheckpoint(path) : openDiffusionModel(path)
  const { inputChannels, latentChannels } = networkOf(denoiser)
  return { family, predictionType: process.predictionType, isInpainting: inputChannels > latentChannels }
}
