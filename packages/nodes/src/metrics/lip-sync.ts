import type { Tensor } from '@patchbay/onnx/tensor'

/** How well lips go with a sound. */
export interface LipSync {
  /** By how many frames the lips are late; below 0 they are early. */
  readonly offset: number
  /** Of the lips' motion and the loudness of the vowels at that offset, 0 to 1. */
  readonly correlation: number
}

/** Frames to both sides that are tried. */
export const widestOffset = 12

/**
 * How far the mouth of each frame is from its mean along the direction in which it varies most: the first principal
 * component of the lower half of the pictures, found by power iteration. Its sign is arbitrary.
 *
 * @param frames [n, height, width, channels] of a face that does not move
 */
export function mouthMotion({ shape, data }: Tensor): Float64Array {
  const [count, height, width, channels] = shape
  const from = Math.floor(height / 2) * width * channels
  const length = height * width * channels - from
  const mean = new Float64Array(length)
  for (let k = 0; k < count; k++)
    for (let i = 0; i < length; i++) mean[i] += data[k * (from + length) + from + i] / count
  const projected = (direction: Float64Array): Float64Array =>
    Float64Array.from({ length: count }, (_, k) => {
      let sum = 0
      for (let i = 0; i < length; i++) sum += direction[i] * (data[k * (from + length) + from + i] - mean[i])
      return sum
    })
  let motion: Float64Array = Float64Array.from({ length: count }, (_, k) => Math.sin(1 + k * k))
  for (let step = 0; step < 12; step++) {
    const direction = new Float64Array(length)
    for (let k = 0; k < count; k++)
      for (let i = 0; i < length; i++) direction[i] += motion[k] * (data[k * (from + length) + from + i] - mean[i])
    const norm = Math.sqrt(direction.reduce((sum, value) => sum + value * value, 0))
    motion = projected(norm === 0 ? direction : direction.map((value) => value / norm))
  }
  return motion
}

/** The offset at which the mouth's motion follows the sound's openness best, by either sign of the motion. */
export function lipSync(motion: Float64Array, sound: Float64Array): LipSync {
  let best: LipSync = { offset: 0, correlation: 0 }
  for (let offset = -widestOffset; offset <= widestOffset; offset++) {
    const from = Math.max(0, offset)
    const count = Math.min(motion.length - from, sound.length - Math.max(0, -offset))
    if (count < 8) continue
    const seen = motion.subarray(from, from + count)
    const heard = sound.subarray(Math.max(0, -offset), Math.max(0, -offset) + count)
    const correlation = Math.abs(pearson(seen, heard))
    if (correlation > best.correlation) best = { offset, correlation }
  }
  return best
}

/** Pearson's correlation of two rows of one length; 0 where one of them does not vary. */
export function pearson(a: Float64Array, b: Float64Array): number {
  const [meanA, meanB] = [a, b].map((values) => values.reduce((sum, value) => sum + value, 0) / values.length)
  let [both, squareA, squareB] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    both += (a[i] - meanA) * (b[i] - meanB)
    squareA += (a[i] - meanA) ** 2
    squareB += (b[i] - meanB) ** 2
  }
  return squareA * squareB === 0 ? 0 : both / Math.sqrt(squareA * squareB)
}

/**
 * How open the sound is in each frame: the mean of the mel bands of the first formant of open vowels, 400 to 1200 Hz.
 *
 * @param mel [80, columns], Wav2Lip's, 80 columns a second
 */
export function soundOpenness({ shape, data }: Tensor, frames: number, fps: number): Float64Array {
  const [, columns] = shape
  const [lowest, highest] = [8, 26]
  return Float64Array.from({ length: frames }, (_, frame) => {
    const first = Math.min(columns - 1, Math.floor((frame * 80) / fps))
    const last = Math.min(columns, Math.max(first + 1, Math.floor(((frame + 1) * 80) / fps)))
    let sum = 0
    for (let band = lowest; band < highest; band++)
      for (let column = first; column < last; column++) sum += data[band * columns + column]
    return sum / ((last - first) * (highest - lowest))
  })
}
