import { warmupRate } from '@patchbay/onnx'
import type { JsonObject } from '@patchbay/engine'
import type { Training } from './train.ts'

/** How a network is trained, whatever it is. */
export interface TrainingSettings {
  readonly name: string
  readonly steps: number
  readonly batch: number
  readonly learningRate: number
  readonly seed: bigint
  readonly sampleEvery: number
  readonly warmup: number
  /** 0 keeps no averages. */
  readonly emaDecay: number
  readonly saveEvery: number
}

/** The settings as the trainer takes them: AdamW after a warm-up, gradients clipped to a norm of 1. */
export function optimizeWith(
  settings: TrainingSettings,
): Pick<
  Training,
  | 'name'
  | 'steps'
  | 'seed'
  | 'sampleEvery'
  | 'saveEvery'
  | 'optimizer'
  | 'learningRate'
  | 'maxGradientNorm'
  | 'emaDecay'
> {
  const { name, steps, seed, sampleEvery, saveEvery, learningRate, warmup, emaDecay } = settings
  return {
    name,
    steps,
    seed: Number(seed % 2n ** 32n),
    sampleEvery,
    saveEvery,
    optimizer: { type: 'adamw', weightDecay: 0.01 },
    learningRate: warmupRate(learningRate, warmup),
    maxGradientNorm: 1,
    ...(emaDecay > 0 && { emaDecay }),
  }
}

/** What of the settings decides the result. */
export function recipeOf(node: string, settings: TrainingSettings, own: JsonObject): JsonObject {
  const { batch, learningRate, seed, warmup, emaDecay } = settings
  return { node, batch, learningRate, seed: String(seed), warmup, emaDecay, ...own }
}
