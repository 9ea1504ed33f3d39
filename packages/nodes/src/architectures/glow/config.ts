import type { WeightSource } from '@patchbay/onnx'
import { countOf, sizeAt } from '../../weights/shapes.ts'

/** What shapes a Glow (Kingma and Dhariwal 2018, section 3). */
export interface GlowConfig {
  /** Of a picture: 3 for colours. */
  readonly channels: number
  /** Side of the pictures that it was trained on, in pixels. */
  readonly size: number
  /** How often a picture is folded to half its side; half of its channels leave after each level but the last. */
  readonly levels: number
  /** Steps of each level: actnorm, 1 × 1 convolution, affine coupling. */
  readonly steps: number
  /** Channels inside a coupling. */
  readonly width: number
}

/** Pixels along a side that make one cell of the coarsest level, which sides must be multiples of. */
export const glowCell = ({ levels }: Pick<GlowConfig, 'levels'>): number => 2 ** levels

/** Channels of the latents when all levels lie on the coarsest grid: as many numbers as the picture has. */
export const glowLatentChannels = ({ channels, levels }: Pick<GlowConfig, 'channels' | 'levels'>): number =>
  channels * 4 ** levels

/** Channels that the steps of each level work on, the finest first. */
export function glowChannels({ channels, levels }: Pick<GlowConfig, 'channels' | 'levels'>): readonly number[] {
  return Array.from({ length: levels }, (_, level) => (channels * 4 ** (level + 1)) / 2 ** level)
}

/** The config of a Glow from names, shapes and metadata of its weights, or undefined where they are none of it. */
export function detectGlow(source: WeightSource): GlowConfig | undefined {
  const width = sizeAt(source, 'levels.0.steps.0.coupling.0.weight', 0)
  const folded = sizeAt(source, 'levels.0.steps.0.norm.shift', 0)
  if (width === undefined || folded === undefined) return undefined
  const levels = countOf(source, 'levels')
  return {
    channels: folded / 4,
    size: Number(source.metadata['size'] ?? 32),
    levels,
    steps: countOf(source, 'levels.0.steps'),
    width,
  }
}
