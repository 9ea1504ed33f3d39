import { float32, type Tensor, numberAt } from '@patchbay/onnx/tensor'
import { maximumMagnitude, meanOf, quantileOf } from '../../tensor/index.ts'

export interface DynamicThreshold {
  /** The share of values that may keep their size, such as 0.995. */
  readonly percentile: number
  /** The guidance scale whose range of values is imitated, such as 7. */
  readonly mimicScale: number
}

/**
 * Dynamic thresholding for latents: in each channel of each item, values beyond the percentile are clipped, and all are
 * scaled into the range that a lower guidance scale reaches (`mimic`). After Saharia et al. (2022), "Imagen", section
 * 2.3, whose fixed range [−1, 1] latents do not have.
 */
export function thresholdDynamically(guided: Tensor, mimic: Tensor, percentile: number): Tensor {
  const [batch = 1, channels = 1] = guided.shape
  const inner = guided.data.length / (batch * channels)
  const result = new Float32Array(guided.data.length)
  for (let plane = 0; plane < batch * channels; plane++) {
    const [start, end] = [plane * inner, (plane + 1) * inner]
    const mean = meanOf(guided.data, start, end)
    const mimicMean = meanOf(mimic.data, start, end)
    const centred = guided.data.slice(start, end).map((value) => value - mean)
    const limit = maximumMagnitude(mimic.data.slice(start, end).map((value) => value - mimicMean))
    const clip = Math.max(quantileOf(centred.map(Math.abs), percentile), limit)
    const factor = clip > 0 ? limit / clip : 1
    for (let i = start; i < end; i++) {
      result[i] = mean + factor * Math.min(clip, Math.max(-clip, numberAt(centred, i - start)))
    }
  }
  return float32(guided.shape, result)
}
