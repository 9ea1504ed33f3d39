import { int } from '../attribute.ts'
import type { Value } from '../graph.ts'
import { microsoft } from '../operator.ts'
import * as ops from '../ops/index.ts'
import { int4Block, type QuantizedMatrix } from './quantized-matrix.ts'

/** `x · weightᵀ + bias` with a weight of 4 bits in blocks. */
export function int4Product(
  x: Value,
  { values, scales, outputs, inputs }: QuantizedMatrix,
  bias: Value | undefined,
): Value {
  const { graph } = x
  const blocks = inputs / int4Block
  const weight = graph.parameter(values, 'uint8', [outputs, blocks, int4Block / 2])
  const scale = graph.parameter(scales, 'float32', [outputs * blocks])
  const [product = x] = graph.add({
    opType: 'MatMulNBits',
    domain: microsoft,
    inputs: [x, weight, scale],
    outputs: [{ dtype: 'float32', shape: [...x.shape.slice(0, -1), outputs] }],
    // Accuracy level 4 lets the product run on 8-bit activations: faster, and as accurate as 4-bit weights are.
    attributes: { K: int(inputs), N: int(outputs), bits: int(4), block_size: int(int4Block), accuracy_level: int(4) },
  })
  return bias ? ops.add(product, bias) : product
}
