import {
  bindWeights,
  float32,
  mergeWeights,
  readWeightAsFloat32,
  renameWeights,
  requireWeight,
  type TrainerOptions,
  type WeightSource,
} from '@patchbay/onnx'
import type { CodedStyleConfig } from '../architectures/style-networks/coded-style.ts'
import { augmentedPictures } from '../dataset/augment.ts'
import { imagesOf, type Dataset } from '../dataset/dataset.ts'
import { transferStyle } from '../encoding/transfer-style.ts'
import type { Services } from '../host/services.ts'
import type { ImageTensor } from '../image/image.ts'
import { refusalOf } from '../networks/exported-graph.ts'
import { createSessions } from '../networks/sessions.ts'
import { weightsOf } from '../opening/write-checkpoint.ts'
import { openScoreTowers, type ScoreTowers } from '../scoring/score-towers.ts'
import { concatBatch } from '../tensor/index.ts'
import { stylePairsOfStep, type StyleIndex } from './batches/style-pairs.ts'
import type { Seed } from '../random/index.ts'
import { withoutCritic } from './critic-in-training.ts'
import { withFrozen, type FrozenWeights } from './frozen-weights.ts'
import { isFixedInStyle, styleFeeds } from './losses/style-loss.ts'
import { codesOfPairs, spreadOfCodes, styleCodesOf } from './style-codes.ts'
import type { NamedTensors } from './loop/training-state.ts'

/** What a style network in training borrows and does not train: the trunk that tells styles apart, and its codes. */
export interface StyleBasis {
  readonly key: string
  readonly weights: WeightSource
  /** [pictures, codeSize] of the data set. */
  readonly codes: Float32Array
}

/** The first layers of towers on a MobileNetV2, and the codes of a set's pictures by them. */
export async function styleBasisOf(
  services: Services,
  towers: ScoreTowers | undefined,
  dataset: Dataset,
  signal: AbortSignal,
): Promise<StyleBasis> {
  const bundled = 'patchbay-towers/model.safetensors'
  const { image, name } = towers ?? openScoreTowers(await services.pathOf('score_models', bundled))
  if ('file' in image) throw refusalOf(image.file, 'be part of a loss')
  if (image.weights.get('blocks.5.depthwise.weight')?.shape[0] !== 192) {
    throw new RangeError(
      `${name} stands on no MobileNetV2, whose first layers tell styles apart: use the bundled towers`,
    )
  }
  const trunk = renameWeights(image.weights, (weight) =>
    /^(stem|blocks\.[0-5])\./.test(weight) ? `trunk.${weight}` : undefined,
  )
  const codes = await styleCodesOf(services.sessions, { key: `${image.key}|style`, weights: trunk }, dataset, signal)
  return { key: image.key, codes, weights: mergeWeights([trunk, weightsOf(spreadOfCodes(codes))]) }
}

/** What of the loss is trained, where the rest comes from, and what it begins as: the identity. */
export function styleBinding(
  { weights }: StyleBasis,
  { channels }: CodedStyleConfig,
  frozen: readonly FrozenWeights[] = [],
): Pick<TrainerOptions, 'trainable' | 'bind'> & { readonly initial: NamedTensors } {
  const zeros = (shape: readonly number[]) => float32(shape, new Float32Array(shape.reduce((a, b) => a * b, 1)))
  return {
    ...withFrozen(frozen, { trainable: (name) => !isFixedInStyle(name), bind: bindWeights(weights) }),
    initial: { 'conv_out.weight': zeros([3, channels[0], 3, 3]), 'conv_out.bias': zeros([3]) },
  }
}

/** What `styleLoss` is fed at a step, and a caption of each picture that is wanted. */
export function styleStep(
  dataset: Dataset,
  index: StyleIndex,
  { codes }: StyleBasis,
  settings: { readonly seed: Seed; readonly step: number; readonly batch: number },
) {
  const pairs = stylePairsOfStep(dataset, index, settings)
  // Both pictures of a pair are varied alike: draws go by their place in the batch.
  const variation = { ...dataset.augmentation, mirrored: dataset.augmentation.mirrored ?? 0.5 }
  const drawn = (places: readonly number[]): Float32Array => {
    const rows = places.map((place) => dataset.pictures[place]?.row ?? 0)
    return augmentedPictures(dataset, rows, variation, settings)
  }
  const feeds = styleFeeds(
    { batch: settings.batch, side: dataset.size },
    {
      picture: drawn(pairs.map(({ from }) => from)),
      target: drawn(pairs.map(({ to }) => to)),
      code: codesOfPairs(codes, pairs),
    },
  )
  return { feeds, captions: pairs.map(({ to }) => dataset.pictures[to]?.captions[0] ?? '') }
}

/** The network's own of what was trained, with what it borrowed. */
export function wholeStyleNetwork({ weights }: StyleBasis, parameters: NamedTensors): NamedTensors {
  const borrowed = weights.names.map((name) => {
    const { shape } = requireWeight(weights, name)
    return [name, float32(shape, readWeightAsFloat32(weights, name))] as const
  })
  return { ...Object.fromEntries(borrowed), ...withoutCritic(parameters) }
}

/** Pairs that a sheet shows. */
const shown = 6

/** Pictures of a set, below each what the network makes of it, and below that the true drawing. */
export async function styleSamples(
  services: Services,
  { config, basis, parameters, dataset, index, seed, signal }: StyleSampling,
): Promise<ImageTensor> {
  const sessions = createSessions(services.device)
  const weights = weightsOf(wholeStyleNetwork(basis, parameters))
  const model = { kind: 'coded', config, weights, key: 'in training', name: 'the network' } as const
  try {
    const pairs = stylePairsOfStep(dataset, index, { seed, step: 0, batch: shown })
    const one = (place: number): ImageTensor => imagesOf(dataset, place, 1)
    const drawn: ImageTensor[] = []
    for (const { from, references } of pairs) {
      const style = concatBatch(references.map(one))
      drawn.push(await transferStyle(sessions, model, one(from), { style, amount: 1, signal }))
    }
    return concatBatch([...pairs.map(({ from }) => one(from)), ...drawn, ...pairs.map(({ to }) => one(to))])
  } finally {
    await sessions.clear()
  }
}

export interface StyleSampling {
  readonly config: CodedStyleConfig
  readonly basis: StyleBasis
  readonly parameters: NamedTensors
  readonly dataset: Dataset
  readonly index: StyleIndex
  readonly seed: Seed
  readonly signal: AbortSignal
}
