import { tableSigmas, type Scheduler } from './scheduler.ts'

/**
 * Training sigmas at timesteps 1, 1 + length/steps, … (Song et al. 2021, DDIM, appendix D.2). The stride is not rounded
 * to a whole number, so that any number of steps is met exactly; it agrees with the rounded rule wherever that one
 * divides the table evenly.
 */
export const ddim_uniform: Scheduler = (process, steps) => {
  const { length } = process.sigmas
  const positions = Array.from({ length: steps }, (_, i) =>
    Math.min(length - 1, 1 + ((steps - 1 - i) * length) / steps),
  )
  return tableSigmas(process, positions, Math.floor)
}

/**
 * ComfyUI's: the stride rounded down, and all timesteps from 1 that it meets. Where the steps do not divide the table
 * that is a step more.
 */
export const ddimByWholeStrides: Scheduler = ({ sigmas }, steps) => {
  const stride = Math.max(1, Math.floor(sigmas.length / steps))
  return sigmas.filter((_, timestep) => timestep >= 1 && (timestep - 1) % stride === 0).toReversed()
}
