import { tableSigmas, type Scheduler } from './scheduler.ts'

/** Every (length / steps)-th training sigma, counted from the noisiest. */
export const simple: Scheduler = (process, steps) => {
  const { length } = process.sigmas
  const positions = Array.from({ length: steps }, (_, i) => length - 1 - (i * length) / steps)
  return tableSigmas(process, positions, Math.ceil)
}
