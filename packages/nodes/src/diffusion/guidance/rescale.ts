import { float32, type Tensor, numberAt } from '@patchbay/onnx/tensor'
import { batchSize, sum, standardDeviationOf } from '../../tensor/index.ts'
import type { SigmaScale } from '../process/noise-process.ts'

/**
 * Brings the guided estimate's velocity back to the standard deviation of the positive one, by `share` from 0 to 1,
 * item by item: Lin et al. (2024), "Common diffusion noise schedules and sample steps are flawed", eq. 15 and 16.
 */
export function rescaleGuidance(
  x: Tensor,
  sigma: number,
  positive: Tensor,
  guided: Tensor,
  share: number,
  scale: SigmaScale,
): Tensor {
  // velocity = a · x − b · denoised, with b = √(1 + σ²)/σ for diffusion, 1/σ for a flow.
  const isFlow = scale.alphaOf(sigma) !== 1
  const b = isFlow ? 1 / sigma : Math.sqrt(1 + sigma ** 2) / sigma
  const a = isFlow ? 1 / sigma : b / (1 + sigma ** 2)
  const positiveVelocity = sum([
    [a, x],
    [-b, positive],
  ])
  const velocity = sum([
    [a, x],
    [-b, guided],
  ])
  const items = batchSize(x)
  const inner = x.data.length / items
  const denoised = new Float32Array(x.data.length)
  for (let n = 0; n < items; n++) {
    const [start, end] = [n * inner, (n + 1) * inner]
    const wanted = standardDeviationOf(positiveVelocity.data, start, end)
    const ratio = wanted / standardDeviationOf(velocity.data, start, end)
    const factor = Number.isFinite(ratio) ? share * ratio + 1 - share : 1
    for (let i = start; i < end; i++) {
      denoised[i] = (a * numberAt(x.data, i) - factor * numberAt(velocity.data, i)) / b
    }
  }
  return float32(x.shape, denoised)
}
