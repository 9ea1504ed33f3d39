import { roundHalfToEven } from '../../maths/rounding.ts'

/**
 * Which timesteps of its training table a checkpoint is sampled at, as its scheduler's config says (Lin et al. 2023,
 * section 3.3).
 */
export interface TimestepSpacing {
  /**
   * `leading` counts from the cleanest in whole strides, `trailing` from the noisiest, `linspace` takes both ends;
   * `consistency` takes from the strides that a latent consistency model was distilled on (Luo et al. 2023, section
   * 4.3).
   */
  readonly rule: 'leading' | 'trailing' | 'linspace' | 'consistency'
  /** Added to leading timesteps. Default 0. */
  readonly offset?: number
  /** The strides that a consistency model was distilled on. Default 50. */
  readonly originalSteps?: number
}

/** What the published checkpoints of Stable Diffusion say. */
export const stableDiffusionSpacing: TimestepSpacing = { rule: 'leading', offset: 1 }

/** Timesteps of a table of `length`, falling. More of them than the rule has whole ones for lie between these. */
export function timestepsOf(
  { rule, offset = 0, originalSteps = 50 }: TimestepSpacing,
  length: number,
  steps: number,
): number[] {
  const falling = (timestepAt: (index: number) => number): number[] =>
    Array.from({ length: steps }, (_, i) => timestepAt(i))
  switch (rule) {
    case 'leading': {
      const stride = Math.floor(length / steps) || length / steps
      const highest = (steps - 1) * stride
      return falling((i) => (steps - 1 - i) * stride + Math.min(offset, length - 1 - highest))
    }
    case 'trailing':
      return falling((i) => wholeIn(length, steps, length - (i * length) / steps) - 1)
    case 'linspace':
      return falling((i) => wholeIn(length, steps, (length - 1) * (1 - (steps === 1 ? 1 : i / (steps - 1)))))
    case 'consistency': {
      if (steps > originalSteps) return timestepsOf({ rule: 'trailing' }, length, steps)
      const stride = Math.floor(length / originalSteps)
      return falling((i) => (originalSteps - Math.floor((i * originalSteps) / steps)) * stride - 1)
    }
    default:
      return rule satisfies never
  }
}

/** Timesteps are whole numbers, unless there are so many steps that two would be the same. */
const wholeIn = (length: number, steps: number, timestep: number): number =>
  steps > length ? timestep : roundHalfToEven(timestep)
