import {
  createWeightSource,
  renameWeights,
  requireWeight,
  weightByteLength,
  type Weight,
  type WeightSource,
} from '@patchbay/onnx'
import { transposed, viewOf } from '../../weights/weight-view.ts'
import { openClipWeights, type RenamedWeight } from './open-clip-names.ts'

/**
 * Very old files, and those of transformers 5, leave out `text_model.`; old ones carry the indices of positions,
 * which are no weights.
 */
export function clipWeights(source: WeightSource): WeightSource {
  return renameWeights(source, (name) => {
    if (name.endsWith('position_ids')) return undefined
    return /^(embeddings|encoder|final_layer_norm)\./.test(name) ? `text_model.${name}` : name
  })
}

/** The towers of OpenCLIP or OpenAI under transformers' names. */
export function openClipSource(source: WeightSource): WeightSource {
  const weights = source.names.flatMap((from) => {
    const weight = requireWeight(source, from)
    return openClipWeights(from).map((to) => renamed(weight, to))
  })
  return createWeightSource(weights, source)
}

function renamed(weight: Weight, { name, rows, transposed: isTransposed }: RenamedWeight): Weight {
  if (isTransposed) return transposed(weight, name)
  if (!rows) return viewOf(weight, { name })
  const [first = 0, ...rest] = weight.shape
  const length = weightByteLength(weight) / rows.count
  return viewOf(weight, { name, shape: [first / rows.count, ...rest], range: { begin: rows.index * length, length } })
}
