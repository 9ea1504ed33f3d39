import { numberAt, float32, type Tensor } from '@patchbay/onnx/tensor'

/**
 * Classifier-free guidance of logits (Ho and Salimans 2022, eq. 6, as `u + scale · (c − u)`). The logits are
 * those of the conditional items and behind them those of the unconditional ones, [2 · items, …]; the result is
 * [items, …].
 */
export function guidedLogits({ shape, data }: Tensor, scale: number): Tensor {
  const [both = 0, ...inner] = shape
  if (both % 2 !== 0) throw new RangeError(`Guided logits come in pairs, but there are ${both} rows of them`)
  const half = data.length / 2
  const guided = new Float32Array(half)
  for (let i = 0; i < half; i++) {
    const without = numberAt(data, half + i)
    guided[i] = without + scale * (numberAt(data, i) - without)
  }
  return float32([both / 2, ...inner], guided)
}
