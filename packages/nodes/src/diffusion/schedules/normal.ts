import { linspace, type Scheduler } from './scheduler.ts'

/** Timesteps evenly spaced from the noisiest to the cleanest, both included. */
export const normal: Scheduler = (process, steps) =>
  linspace(process.timestepOf(process.sigmaMax), process.timestepOf(process.sigmaMin), steps).map(process.sigmaOf)
