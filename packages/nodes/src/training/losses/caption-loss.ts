import { featureMap, float32, Graph, int64, ops, type Feeds, type Value } from '@patchbay/onnx'
import { blipSeen, blipText } from '../../architectures/blip/text-decoder.ts'
import { sightMemory, type TrunkCaptionerConfig } from '../../architectures/trunk-captioner/trunk-captioner.ts'
import { trainingScope } from './denoising-loss.ts'

/** What the frozen towers see of pictures: maps [batch, channels, side, side], and embeddings of length 1. */
export interface SeenPictures {
  readonly places: Float32Array
  readonly whole: Float32Array
  readonly embedding: Float32Array
}

/** How many numbers each part of what is seen has for one picture. */
export interface SightSizes {
  readonly places: readonly [channels: number, side: number]
  readonly whole: readonly [channels: number, side: number]
  readonly embedding: number
}

/** A text as it is learnt: its ids from the first on, and how many of them are told rather than said. */
export interface LearntText {
  readonly ids: readonly number[]
  readonly told: number
}

/**
 * The mean of `−log p` of the words that captions say, each after the words before it (Li et al. 2022, section 3.2).
 * The share `smoothing` of what is right is spread over all words (Szegedy et al. 2016, section 7). Inputs: `places`,
 * `whole` and `embedding` of the towers, `ids` and `targets` [batch, tokens], `counted` [batch, tokens] of 0 and 1.
 */
export function captionLoss(
  { text }: TrunkCaptionerConfig,
  sizes: SightSizes,
  { batch, tokens, smoothing = 0.1 }: { readonly batch: number; readonly tokens: number; readonly smoothing?: number },
): Value {
  const graph = new Graph()
  const scope = trainingScope(graph)
  const map = (name: 'places' | 'whole') => {
    const [channels, side] = sizes[name]
    return featureMap(graph.input(name, 'float32', [batch, channels, side, side]))
  }
  const embedding = graph.input('embedding', 'float32', [batch, sizes.embedding])
  const memory = sightMemory(scope, text.width, { places: map('places'), whole: map('whole'), embedding })
  const ids = graph.input('ids', 'int64', [batch, tokens])
  const positions = graph.constant(int64([tokens], [...Array(tokens).keys()]))
  const { logits } = blipText(scope, text, { ids, positions, seen: blipSeen(scope, text, memory) })
  const targets = graph.input('targets', 'int64', [batch, tokens])
  const counted = graph.input('counted', 'float32', [batch, tokens])
  const likely = ops.logSoftmax(logits)
  const right = ops.squeeze(ops.gatherElements(likely, ops.unsqueeze(targets, [-1]), -1), [-1])
  const all = ops.reduceMean(likely, { axes: [-1], keepDims: false })
  const each = ops.add(ops.mul(right, 1 - smoothing), ops.mul(all, smoothing))
  const total = ops.reduceSum(ops.mul(each, counted), { keepDims: false })
  return ops.neg(ops.div(total, ops.reduceSum(counted, { keepDims: false })))
}

/** The inputs of `captionLoss`. Texts longer than `tokens` are cut. */
export function captionFeeds(
  { text }: TrunkCaptionerConfig,
  { places, whole, embedding }: SightSizes,
  seen: SeenPictures,
  texts: readonly LearntText[],
  tokens: number,
): Feeds {
  const batch = texts.length
  const rows = texts.map(({ ids }) => ids.slice(0, tokens + 1))
  const at = (row: readonly number[], i: number): number => row[i] ?? text.padToken
  const grid = <Cell>(cell: (row: readonly number[], i: number, k: number) => Cell): Cell[] =>
    rows.flatMap((row, k) => Array.from({ length: tokens }, (_, i) => cell(row, i, k)))
  return {
    places: float32([batch, ...mapShape(places)], seen.places),
    whole: float32([batch, ...mapShape(whole)], seen.whole),
    embedding: float32([batch, embedding], seen.embedding),
    ids: int64(
      [batch, tokens],
      grid((row, i) => at(row, i)),
    ),
    targets: int64(
      [batch, tokens],
      grid((row, i) => at(row, i + 1)),
    ),
    counted: float32(
      [batch, tokens],
      grid((row, i, k) => (i + 1 < row.length && i + 1 >= (texts[k]?.told ?? 0) ? 1 : 0)),
    ),
  }
}

const mapShape = ([channels, side]: readonly [number, number]): [number, number, number] => [channels, side, side]
