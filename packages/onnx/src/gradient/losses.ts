import * as ops from '../graph/ops/index.ts'
import type { Value } from '../graph/graph.ts'

/** The mean of `(a − b)²` over all elements. */
export function meanSquaredError(a: Value, b: Value): Value {
  const difference = ops.sub(a, b)
  return ops.reduceMean(ops.mul(difference, difference), { keepDims: false })
}

/** The mean of `|a − b|` over all elements. */
export function meanAbsoluteError(a: Value, b: Value): Value {
  return ops.reduceMean(ops.abs(ops.sub(a, b)), { keepDims: false })
}

/** The mean of `−log softmax(logits)` at the right class: logits `[…, classes]`, int classes `[…]`. */
export function crossEntropy(logits: Value, classes: Value): Value {
  const chosen = ops.gatherElements(ops.logSoftmax(logits), ops.unsqueeze(classes, [-1]), -1)
  return ops.neg(ops.reduceMean(chosen, { keepDims: false }))
}

/** The mean of `−t·log σ(x) − (1 − t)·log(1 − σ(x))`, written as `softplus(x) − t·x`, which never overflows. */
export function binaryCrossEntropy(logits: Value, targets: Value): Value {
  return ops.reduceMean(ops.sub(ops.softplus(logits), ops.mul(targets, logits)), { keepDims: false })
}
