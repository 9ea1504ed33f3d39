import { crossEntropy, Graph, ops, Scope, type Value } from '@patchbay/onnx'
import type { LlamaGenConfig } from '../../architectures/llamagen/config.ts'
import { fullLogits } from '../../architectures/llamagen/llamagen.ts'
import type { Uvit2dConfig } from '../../architectures/uvit-2d/config.ts'
import { uvit2d } from '../../architectures/uvit-2d/uvit-2d.ts'

/**
 * Cross-entropy of each code given the text and the codes before it (Sun et al. 2024), as a graph.
 * Inputs: `text` [batch, textPlaces, textWidth] with its padding on the left, `present` [batch, textPlaces],
 * `dropped` [batch], 1 where the text is replaced by the vectors for no text, and `ids` int64 [batch, side²].
 */
export function oneByOneLoss(config: LlamaGenConfig, batch: number): Value {
  const { textPlaces, textWidth, side } = config
  const graph = new Graph()
  const scope = new Scope(graph, { attention: 'plain' })
  const text = graph.input('text', 'float32', [batch, textPlaces, textWidth])
  const present = graph.input('present', 'float32', [batch, textPlaces])
  const dropped = ops.reshape(graph.input('dropped', 'float32', [batch]), [batch, 1, 1])
  const ids = graph.input('ids', 'int64', [batch, side * side])
  const nothing = scope.at('cls_embedding').parameter('uncond_embedding', [textPlaces, textWidth])
  const told = ops.add(ops.mul(text, ops.sub(1, dropped)), ops.mul(nothing, dropped))
  return crossEntropy(fullLogits(scope, config, { text: told, present, ids }), ids)
}

/** Share of the target that lies on all codes alike (Szegedy et al. 2016), as MaskGIT trains. */
const smoothing = 0.1

/**
 * Cross-entropy of the masked codes given the others (Chang et al. 2022, eq. 1), as a graph.
 * Inputs: `codes` int64 [batch, side, side] with masks, `text` [batch, textPlaces, textWidth], `pooled`
 * [batch, pooledWidth], `conditions` [batch, 5], `ids` int64 [batch, side²] and `counted` [batch, side²], 1 where
 * a code was masked.
 */
export function maskedLoss(config: Uvit2dConfig, batch: number, textPlaces: number): Value {
  const { side } = config
  const places = side * side
  const graph = new Graph()
  const inputs = {
    codes: graph.input('codes', 'int64', [batch, side, side]),
    text: graph.input('text', 'float32', [batch, textPlaces, config.textWidth]),
    pooled: graph.input('pooled', 'float32', [batch, config.pooledWidth]),
    conditions: graph.input('conditions', 'float32', [batch, config.conditions]),
  }
  const ids = graph.input('ids', 'int64', [batch, places])
  const counted = graph.input('counted', 'float32', [batch, places])
  const logs = ops.logSoftmax(uvit2d(new Scope(graph, { attention: 'plain' }), config, inputs))
  const right = ops.squeeze(ops.gatherElements(logs, ops.unsqueeze(ids, [-1]), -1), [-1])
  const all = ops.reduceMean(logs, { axes: [-1], keepDims: false })
  const each = ops.add(ops.mul(right, 1 - smoothing), ops.mul(all, smoothing))
  const total = ops.reduceSum(ops.mul(each, counted), { keepDims: false })
  return ops.neg(ops.div(total, ops.reduceSum(counted, { keepDims: false })))
}
