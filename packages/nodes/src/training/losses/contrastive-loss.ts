import { crossEntropy, ops, type Value } from '@patchbay/onnx'

/**
 * The symmetric contrastive loss of CLIP (Radford et al. 2021, figure 3): each picture against all texts of the batch
 * and each text against all pictures. Embeddings [batch, width] need not be of length 1.
 * @param logScale the logarithm of what cosines are multiplied with, a scalar parameter or value; 100-fold at most
 * @param targets int64 [batch], 0 to batch - 1 in order
 */
export function contrastiveLoss(pictures: Value, texts: Value, logScale: Value, targets: Value): Value {
  const scale = ops.exp(ops.min(logScale, Math.log(100)))
  const cosines = ops.matMul(normalized(pictures), ops.transpose(normalized(texts), [1, 0]))
  const logits = ops.mul(cosines, scale)
  const both = ops.add(crossEntropy(logits, targets), crossEntropy(ops.transpose(logits, [1, 0]), targets))
  return ops.mul(both, 0.5)
}

function normalized(x: Value): Value {
  const square = ops.reduceSum(ops.mul(x, x), { axes: [-1] })
  return ops.div(x, ops.sqrt(ops.add(square, 1e-12)))
}
