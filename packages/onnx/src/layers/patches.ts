import { dimOf, staticDimOf } from '../graph/operator.ts'
import { GraphError } from '../graph/graph-error.ts'
import * as ops from '../graph/ops/index.ts'
import type { DepthOrder } from '../graph/ops/convolution.ts'
import type { Dim } from '../graph/shape.ts'
import { int64 } from '../tensor/tensor.ts'
import type { Value } from '../graph/graph.ts'
import { featureMap, fromSequence, toChannelsFirst, toSequence, type FeatureMap } from './feature-map.ts'

/** A map cut into square patches, row by row, one token each. */
export interface Patches {
  /** `[n, rows·columns, side²·channels]` */
  readonly tokens: Value
  readonly batch: Dim
  readonly rows: Dim
  readonly columns: Dim
}

export interface PatchOptions {
  readonly side: number
  /** `DCR`: the channels of each pixel together; `CRD`: the pixels of each channel together. */
  readonly order: DepthOrder
}

/** Cuts a map into patches. Its sides have to be multiples of theirs. */
export function patchify(map: FeatureMap, { side, order }: PatchOptions): Patches {
  const cells = side === 1 ? toChannelsFirst(map) : ops.spaceToDepth(toChannelsFirst(map), side)
  const deep = featureMap(cells)
  const tokens = toSequence(deep)
  const turned =
    order === 'CRD' && side > 1 ? ops.gather(tokens, channelOrder(tokens, map.channels, side * side), 2) : tokens
  return { tokens: turned, batch: deep.batch, rows: deep.height, columns: deep.width }
}

/** Puts patches `[n, rows·columns, side²·channels]` together again. */
export function unpatchify(
  tokens: Value,
  { batch, rows, columns }: Omit<Patches, 'tokens'>,
  { side, order }: PatchOptions,
): FeatureMap {
  const like = {
    layout: 'channels-first',
    value: tokens,
    batch,
    channels: staticDimOf(tokens, 2),
    height: rows,
    width: columns,
  } as const
  const deep = fromSequence(tokens, like)
  return side === 1 ? deep : featureMap(ops.depthToSpace(toChannelsFirst(deep), side, order))
}

/** Where the channels of cells that lie pixel by pixel are, when they are taken channel by channel. */
function channelOrder({ graph }: Value, channels: number, pixels: number): Value {
  const places = Array.from({ length: channels * pixels }, (_, index) => {
    const [channel, pixel] = [Math.floor(index / pixels), index % pixels]
    return pixel * channels + channel
  })
  return graph.sharedConstant(`channels.${channels}x${pixels}`, () => int64([places.length], places))
}

/**
 * The coordinates of patches, row by row: float `[rows·columns]` each. `start` is added to both, where a picture does
 * not begin at the corner.
 */
export function patchPlaces(
  graph: Value['graph'],
  { rows, columns }: Pick<Patches, 'rows' | 'columns'>,
): { readonly row: Value; readonly column: Value } {
  const along = (dim: Dim): Value => ops.cast(ops.range(graph, dim), 'float32')
  const spread = (values: Value, axis: number): Value => {
    const grid = ops.expand(ops.unsqueeze(values, [axis]), [rows, columns])
    return ops.reshape(grid, [-1])
  }
  return { row: spread(along(rows), 1), column: spread(along(columns), 0) }
}

/** The number of tokens of patches, as it stands in the shape of their tokens. */
export const patchCount = ({ tokens }: Pick<Patches, 'tokens'>): Dim => dimOf(tokens, 1)

/** The same coordinate for each of so many places: float `[count]`. */
export function samePlaces(like: Value, axis: number, value: number): Value {
  const count = like.shape[axis]
  if (count === undefined) throw new GraphError(`There is no axis ${axis} to count places along`)
  return ops.full(like.graph, 'float32', [count], value)
}
