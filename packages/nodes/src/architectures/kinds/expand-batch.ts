import { float32, type Tensor } from '@patchbay/onnx/tensor'

/** A batch of one repeated to a batch of this size. Throws a RangeError for a batch of another size. */
export function expandBatch(tensor: Tensor, batch: number): Tensor {
  const [own = 1, ...rest] = tensor.shape
  if (own === batch) return tensor
  if (own !== 1) throw new RangeError(`Conditioning for ${own} latents cannot guide ${batch}`)
  return float32([batch, ...rest], repeated(tensor.data, batch))
}

/** Values `times` times over. */
export function repeated(values: Float32Array, times: number): Float32Array {
  const all = new Float32Array(values.length * times)
  for (let i = 0; i < times; i++) all.set(values, i * values.length)
  return all
}
