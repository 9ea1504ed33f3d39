import { float32, type Tensor, numberAt } from '@patchbay/onnx/tensor'
import { expectSameShape } from '../tensor/index.ts'

/**
 * Applies a prompt's weights to a text encoder's output [chunks, tokens, width]: each token's vector moves away from
 * that of an empty prompt by its weight, empty + weight · (encoded − empty). `empty` is the encoded empty prompt, [1,
 * tokens, width] or as `encoded`. Throws a RangeError when there is not one weight for each token.
 */
export function weighEmbeddings(encoded: Tensor, empty: Tensor, weights: readonly number[]): Tensor {
  const width = encoded.shape.at(-1) ?? 1
  if (weights.length * width !== encoded.data.length) {
    throw new RangeError(
      `An encoded prompt of shape [${encoded.shape.join(', ')}] needs a weight for each of its ` +
        `${encoded.data.length / width} tokens, but got ${weights.length}`,
    )
  }
  if (empty.shape[0] !== 1) expectSameShape(encoded, empty)
  const result = encoded.data.slice()
  for (const [token, weight] of weights.entries()) {
    if (weight === 1) continue
    for (let i = token * width; i < (token + 1) * width; i++) {
      const neutral = numberAt(empty.data, i % empty.data.length)
      result[i] = neutral + weight * (numberAt(encoded.data, i) - neutral)
    }
  }
  return float32(encoded.shape, result)
}
