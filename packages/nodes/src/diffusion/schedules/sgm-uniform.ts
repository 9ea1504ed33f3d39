import { linspace, type Scheduler } from './scheduler.ts'

/**
 * Timesteps evenly spaced from the noisiest to the cleanest, the last left out: the spacing of the SDXL training code.
 */
export const sgm_uniform: Scheduler = (process, steps) =>
  linspace(process.timestepOf(process.sigmaMax), process.timestepOf(process.sigmaMin), steps + 1)
    .slice(0, -1)
    .map(process.sigmaOf)
