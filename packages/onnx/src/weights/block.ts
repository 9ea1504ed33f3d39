import { numberAt } from '../tensor/index.ts'
import type { BlockedKernel } from '../graph/block-convolutions.ts'
import { requireWeight, weightAsFloat32, type WeightSource } from './weight-source.ts'
import type { Weight, WeightPlace } from './weight.ts'

/**
 * The kernels of a source in blocks of channels, as float32: `[out, in, height, width]` in the order
 * `[out / block, in / block, height, width, in % block, out % block]`. Each is made when it is read, and only the last
 * is kept: together they are as large as the model.
 */
export function blockedWeights(source: WeightSource, kernels: readonly BlockedKernel[]): Weight[] {
  let last: { readonly name: string; readonly bytes: Uint8Array } | undefined
  return kernels.map((kernel) => ({
    name: kernel.values,
    dtype: 'float32',
    shape: kernel.shape,
    get place(): WeightPlace {
      if (last?.name !== kernel.values) last = { name: kernel.values, bytes: inBlocks(source, kernel) }
      return { type: 'memory', bytes: last.bytes }
    },
  }))
}

function inBlocks(source: WeightSource, { name, shape, block }: BlockedKernel): Uint8Array {
  const [out = 0, channels = 0, height = 0, width = 0] = shape
  const taps = height * width
  const kernel = weightAsFloat32(requireWeight(source, name))
  const result = new Float32Array(kernel.length)
  let at = 0
  for (let firstOut = 0; firstOut < out; firstOut += block) {
    for (let firstIn = 0; firstIn < channels; firstIn += block) {
      for (let tap = 0; tap < taps; tap++) {
        for (let i = firstIn; i < firstIn + block; i++) {
          for (let o = firstOut; o < firstOut + block; o++)
            result[at++] = numberAt(kernel, (o * channels + i) * taps + tap)
        }
      }
    }
  }
  return new Uint8Array(result.buffer)
}
