import { stableDiffusionSpacing, timestepsOf } from '../process/timestep-spacing.ts'
import { tableSigmas, type Scheduler } from './scheduler.ts'

/**
 * The timesteps that the checkpoint's own scheduler config names, such as the trailing ones of Turbo and Lightning;
 * where none does, Stable Diffusion's.
 */
export const checkpoint: Scheduler = (process, steps) => {
  const { length } = process.sigmas
  return tableSigmas(process, timestepsOf(process.spacing ?? stableDiffusionSpacing, length, steps), Math.round)
}
