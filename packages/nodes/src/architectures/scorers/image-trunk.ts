import { addMaps, conv2d, mapValues, ops, type FeatureMap, type Scope } from '@patchbay/onnx'
import { ConfigError, configFields } from '../../weights/config-fields.ts'

/** Blocks of one width; the first of them moves by `stride`. */
export interface TrunkGroup {
  /** How much wider a block is inside; plain blocks have no inside. */
  readonly expansion: number
  readonly channels: number
  readonly repeats: number
  readonly stride: number
}

/** What shapes a convolutional network that sees pictures, without what is made of what it sees. */
export interface ImageTrunkConfig {
  /**
   * `inverted-residual`: MobileNetV2's (Sandler et al. 2018, section 3.4). `plain`: one 3×3 convolution, quick to
   * train.
   */
  readonly block: 'inverted-residual' | 'plain'
  readonly stemChannels: number
  readonly groups: readonly TrunkGroup[]
}

/** MobileNetV2 at width 1 (Sandler et al. 2018, table 2). */
export const mobileNetV2Trunk: ImageTrunkConfig = {
  block: 'inverted-residual',
  stemChannels: 32,
  groups: [
    { expansion: 1, channels: 16, repeats: 1, stride: 1 },
    { expansion: 6, channels: 24, repeats: 2, stride: 2 },
    { expansion: 6, channels: 32, repeats: 3, stride: 2 },
    { expansion: 6, channels: 64, repeats: 4, stride: 2 },
    { expansion: 6, channels: 96, repeats: 3, stride: 1 },
    { expansion: 6, channels: 160, repeats: 3, stride: 2 },
    { expansion: 6, channels: 320, repeats: 1, stride: 1 },
  ],
}

/**
 * Reads `block`, `stem_channels`, and a number for each group in `channels`, `expansions`, `repeats` and `strides`.
 * @throws ConfigError where a field is missing or of another kind
 */
export function parseImageTrunkConfig(json: unknown, title: string): ImageTrunkConfig {
  const fields = configFields(title, json)
  const block = fields.text('block', 'inverted-residual')
  if (block !== 'inverted-residual' && block !== 'plain') {
    throw new ConfigError(`${title}: "block" is "${block}"; supported are inverted-residual and plain`)
  }
  const channels = fields.list('channels')
  const [expansions, repeats, strides] = (['expansions', 'repeats', 'strides'] as const).map((name) =>
    fields.numbers(name, channels.length, name === 'strides' ? undefined : 1),
  )
  return {
    block,
    stemChannels: fields.number('stem_channels'),
    groups: channels.map((width, group) => ({
      channels: width,
      expansion: expansions?.[group] ?? 1,
      repeats: repeats?.[group] ?? 1,
      stride: strides?.[group] ?? 1,
    })),
  }
}

/** The fields that `parseImageTrunkConfig` reads. */
export const imageTrunkFields = ({ block, stemChannels, groups }: ImageTrunkConfig) => ({
  block,
  stem_channels: stemChannels,
  channels: groups.map((group) => group.channels),
  expansions: groups.map((group) => group.expansion),
  repeats: groups.map((group) => group.repeats),
  strides: groups.map((group) => group.stride),
})

/**
 * How many pixels a pixel of the last group stands for, along a side: the stem halves, and so does each stride of 2.
 */
export const trunkScaleOf = ({ groups }: ImageTrunkConfig): number =>
  groups.reduce((scale, { stride }) => scale * stride, 2)

/**
 * What each group gives, the last one last. Parameters are named `stem` and `blocks.0` onward; batch normalisation is
 * folded into them.
 * @param image in -1 to 1, [batch, 3, height, width], sides divisible by `trunkScaleOf`
 */
export function imageTrunk(scope: Scope, config: ImageTrunkConfig, image: FeatureMap): readonly FeatureMap[] {
  let x = relu6(conv2d(scope.at('stem'), image, { out: config.stemChannels, stride: 2, ...samePadding(2) }))
  let index = 0
  return config.groups.map(({ repeats, stride: first, ...group }) => {
    for (let repeat = 0; repeat < repeats; repeat++) {
      const settings = { ...group, stride: repeat === 0 ? first : 1 }
      x = (config.block === 'plain' ? plain : invertedResidual)(scope.at('blocks', index++), x, settings)
    }
    return x
  })
}

/**
 * What a trunk sees at each size, by the last group that has it, the largest first. The first, half the picture's, is
 * left out where there are others: hardly anything has been made of the picture there.
 */
export function trunkLevels(scope: Scope, config: ImageTrunkConfig, image: FeatureMap): readonly FeatureMap[] {
  const { groups } = config
  const isLast = (group: number): boolean => (groups[group + 1]?.stride ?? 2) > 1
  const levels = imageTrunk(scope, config, image).filter((_, group) => isLast(group))
  return levels.length > 1 && (groups[0]?.stride ?? 1) === 1 ? levels.slice(1) : levels
}

type BlockSettings = Pick<TrunkGroup, 'expansion' | 'channels' | 'stride'>

function invertedResidual(scope: Scope, x: FeatureMap, { expansion, channels, stride }: BlockSettings): FeatureMap {
  const wide = x.channels * expansion
  const expanded = expansion === 1 ? x : relu6(conv2d(scope.at('expand'), x, { out: wide, kernel: 1, padding: 0 }))
  const moved = relu6(
    conv2d(scope.at('depthwise'), expanded, { out: wide, groups: wide, stride, ...samePadding(stride) }),
  )
  const projected = conv2d(scope.at('project'), moved, { out: channels, kernel: 1, padding: 0 })
  return stride === 1 && channels === x.channels ? addMaps(x, projected) : projected
}

function plain(scope: Scope, x: FeatureMap, { channels, stride }: BlockSettings): FeatureMap {
  const moved = relu6(conv2d(scope.at('conv'), x, { out: channels, stride, ...samePadding(stride) }))
  return stride === 1 && channels === x.channels ? addMaps(x, moved) : moved
}

export const relu6 = (map: FeatureMap): FeatureMap => mapValues(map, (value) => ops.clip(value, 0, 6))

/** TensorFlow's "same" padding of a 3×3 kernel over an even side: at stride 2 only below and to the right. */
const samePadding = (stride: number) => (stride === 1 ? { padding: 1 } : { padding: 0, paddingAfter: 1 })
