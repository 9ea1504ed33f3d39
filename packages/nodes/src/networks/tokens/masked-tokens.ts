import { float32, Graph, int64, ops, requireFloat32, Scope } from '@patchbay/onnx'
import type { Uvit2dConfig } from '../../architectures/uvit-2d/config.ts'
import { uvit2d } from '../../architectures/uvit-2d/uvit-2d.ts'
import { guidedLogits } from '../../decoding/guided-logits.ts'
import type { PictureTokens } from '../../decoding/picture-tokens.ts'
import type { Sessions } from '../sessions.ts'
import type { MaskedModel, TokenText } from './token-model.ts'

export interface MaskedRun {
  readonly positive: TokenText
  /** What guidance goes away from; zeros where it is missing, as where a caption was dropped in training. */
  readonly negative?: TokenText
  readonly guidanceScale: number
  /** In pixels, of the whole picture. */
  readonly size: { readonly width: number; readonly height: number }
}

/** How beautiful the picture is to be, as aMUSEd was told of its pictures; its pipeline's default. */
const score = 6

/** What a model says of every place of a picture some of whose codes are masked: logits [items, places, codes]. */
export async function maskedLogits(
  sessions: Sessions,
  model: MaskedModel,
  { positive, negative, guidanceScale, size }: MaskedRun,
  { data, shape: [items, rows, columns] }: Pick<PictureTokens, 'data' | 'shape'>,
) {
  const { config } = model
  const isGuided = guidanceScale !== 1
  const all = isGuided ? 2 * items : items
  const sides = [positive, ...(isGuided ? [negative ?? { tokens: new Float32Array() }] : [])]
  const texts = sides.flatMap((side) => Array.from({ length: items }, () => side))
  const text = new Float32Array(all * model.textPlaces * config.textWidth)
  const pooled = new Float32Array(all * config.pooledWidth)
  for (const [row, told] of texts.entries()) {
    const most = model.textPlaces * config.textWidth
    text.set(told.tokens.subarray(0, most), row * most)
    if (told.pooled) pooled.set(told.pooled, row * config.pooledWidth)
  }
  const codes = Array.from({ length: all }, (_, row) => [
    ...data.subarray((row % items) * rows * columns, ((row % items) + 1) * rows * columns),
  ])
  const conditions = texts.flatMap(() => [size.width, size.height, 0, 0, score])
  const request = { key: `${model.key}|masked`, build: () => ({ graph: maskedGraph(config), weights: model.weights }) }
  const logits = await sessions.with(request, async (session) =>
    requireFloat32(
      (
        await session.run({
          codes: int64([all, rows, columns], codes.flat()),
          text: float32([all, model.textPlaces, config.textWidth], text),
          pooled: float32([all, config.pooledWidth], pooled),
          conditions: float32([all, 5], conditions),
        })
      )['logits'],
      'The token model',
    ),
  )
  return isGuided ? guidedLogits(logits, guidanceScale) : logits
}

function maskedGraph(config: Uvit2dConfig): Graph {
  const graph = new Graph()
  const inputs = {
    codes: graph.input('codes', 'int64', ['batch', 'rows', 'columns']),
    text: graph.input('text', 'float32', ['batch', 'tokens', config.textWidth]),
    pooled: graph.input('pooled', 'float32', ['batch', config.pooledWidth]),
    conditions: graph.input('conditions', 'float32', ['batch', config.conditions]),
  }
  graph.output('logits', ops.identity(uvit2d(new Scope(graph), config, inputs)))
  return graph
}
