import { numberAt } from '@patchbay/onnx/tensor'
import type { NoiseProcess } from '../process/noise-process.ts'

/**
 * Sigmas a tenth of the training timesteps apart, on which adversarial distillation works (Sauer et al. 2023): the
 * first `steps` of the ten, or of as many of the last as `denoiseStrength` leaves, and 0. No sigmas where it leaves
 * none.
 */
export function turboSigmas(process: NoiseProcess, steps: number, denoiseStrength = 1): number[] {
  const skipped = 10 - Math.floor(10 * denoiseStrength)
  const tenths = Array.from({ length: Math.min(steps, 10 - skipped) }, (_, i) => 10 - skipped - i)
  if (tenths.length === 0) return []
  return [...tenths.map((tenth) => numberAt(process.sigmas, (tenth * process.sigmas.length) / 10 - 1)), 0]
}
