import {
  createWeightSource,
  originOf,
  readWeightRange,
  weightByteLength,
  type Weight,
  type WeightSource,
} from '@patchbay/onnx'
import { viewOf } from '../../weights/weight-view.ts'
import type { LoraAlias, RowRange } from '../../weights/lora/lora-targets.ts'

/** A layer under the name that a maker's file has for it, by diffusers' name; undefined where there is none. */
export type LayerNames = (layer: string) => FileLayer | undefined

export interface FileLayer {
  readonly layer: string
  /** The ending of its weight, where that is not diffusers' own: norms are called `scale` by some. */
  readonly ending?: string
  /** Where the file's layer holds several: the rows that are this one's. */
  readonly rows?: RowRange
  /** Whether both halves of its rows are the other way round. */
  readonly swapped?: boolean
}

/**
 * The weights of a file under diffusers' names. What the file holds in one piece is cut by range, so that nothing is
 * copied; halves that are the other way round (a vector of modulation, a matrix of it) are read when they are asked
 * for. `layers` are diffusers' layers that the network may have; those that the file has not are left out.
 */
export function underDiffusersNames(source: WeightSource, layers: Iterable<string>, names: LayerNames): WeightSource {
  const weights: Weight[] = []
  for (const layer of layers) {
    const file = names(layer)
    if (!file) continue
    for (const ending of ['weight', 'bias']) {
      const own = ending === 'weight' ? (file.ending ?? 'weight') : ending
      const weight = source.get(`${file.layer}.${own}`)
      if (weight) weights.push(weightOfLayer(weight, `${layer}.${ending}`, file))
    }
  }
  return createWeightSource(weights, source)
}

function weightOfLayer(weight: Weight, name: string, { rows, swapped }: FileLayer): Weight {
  if (swapped) return halvesSwapped(weight, name)
  if (!rows) return viewOf(weight, { name })
  const [whole = 1, ...rest] = weight.shape
  const each = weightByteLength(weight) / whole
  return viewOf(weight, {
    name,
    shape: [rows.count, ...rest],
    range: { begin: rows.begin * each, length: rows.count * each },
  })
}

/** Rows of the second half first; read when they are asked for, and not kept. */
function halvesSwapped(weight: Weight, name: string): Weight {
  return {
    name,
    origin: originOf(weight),
    dtype: weight.dtype,
    shape: weight.shape,
    get place() {
      const length = weightByteLength(weight)
      const bytes = new Uint8Array(length)
      bytes.set(readWeightRange(weight, length / 2, length / 2), 0)
      bytes.set(readWeightRange(weight, 0, length / 2), length / 2)
      return { type: 'memory', bytes } as const
    },
  }
}

/** What LoRA files call a layer beside diffusers' name. */
export function aliasesOf(names: LayerNames): (layer: string) => readonly LoraAlias[] {
  return (layer) => {
    const file = names(layer)
    // Swapped halves are no rows of their own: such a change would be put in the wrong place.
    if (!file || file.swapped) return []
    return [file.rows ? { layer: file.layer, rows: file.rows } : file.layer]
  }
}
