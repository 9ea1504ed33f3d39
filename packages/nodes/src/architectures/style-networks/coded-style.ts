import {
  addMaps,
  concatChannels,
  conv2d,
  featureMap,
  linear,
  mapValues,
  ops,
  silu,
  toChannelsFirst,
  type FeatureMap,
  type Scope,
  type Value,
} from '@patchbay/onnx'
import { configFields } from '../../weights/config-fields.ts'
import { imageTrunk, mobileNetV2Trunk, type ImageTrunkConfig } from '../scorers/image-trunk.ts'
import { channelStatistics, placesOf } from './style-statistics.ts'

/** What shapes a style network whose style is a code: a U-Net, wider where the picture is smaller. */
export interface CodedStyleConfig {
  /** Of the picture's size, of its half, quarter and eighth. */
  readonly channels: readonly [number, number, number, number]
  /** Width of the style that its normalisations read. */
  readonly styleSize: number
  /** Side of the pictures that it was trained on; sides are multiples of 8. */
  readonly imageSize: number
}

/** Groups of MobileNetV2 whose statistics are the code: at a half, a quarter and an eighth of the picture. */
export const codeGroups = 3
export const codeTrunk: ImageTrunkConfig = { ...mobileNetV2Trunk, groups: mobileNetV2Trunk.groups.slice(0, codeGroups) }
/** Means and deviations of all channels. */
export const codeSize = 2 * codeTrunk.groups.reduce((sum, { channels }) => sum + channels, 0)

/**
 * Reads a style network's `config.json`.
 * @throws ConfigError where a field is missing or of another kind
 */
export function parseCodedStyleConfig(json: unknown, title: string): CodedStyleConfig {
  const fields = configFields(title, json)
  const [a = 0, b = 0, c = 0, d = 0] = fields.numbers('channels', 4)
  return {
    channels: [a, b, c, d],
    styleSize: fields.number('style_size'),
    imageSize: fields.number('image_size', 64),
  }
}

/** The `config.json` that `parseCodedStyleConfig` reads. */
export const codedStyleJson = ({ channels, styleSize, imageSize }: CodedStyleConfig) => ({
  _class_name: 'StyleNetwork',
  channels,
  style_size: styleSize,
  code_size: codeSize,
  image_size: imageSize,
})

/** The style of pictures [batch, 3, side, side] in -1 to 1: [batch, codeSize]. Parameters below `trunk`. */
export function styleCode(scope: Scope, picture: FeatureMap): Value {
  return codeOf(imageTrunk(scope.at('trunk'), codeTrunk, picture))
}

/** Means, then deviations of each level, level by level: [batch, codeSize]. */
export function codeOf(levels: readonly FeatureMap[]): Value {
  const parts = levels.slice(0, codeGroups).flatMap((level) => {
    const { mean, deviation } = channelStatistics(placesOf(level))
    return [ops.squeeze(mean, [2]), ops.squeeze(deviation, [2])]
  })
  return ops.concat(parts, 1)
}

/**
 * A picture [batch, 3, height, width] in -1 to 1 in the style of a code [batch, codeSize]: a U-Net whose instance
 * normalisations take scale and shift from the code (Huang and Belongie 2017; Dumoulin et al. 2017). Its answer is
 * added to the picture.
 */
export function codedStyle(scope: Scope, config: CodedStyleConfig, picture: FeatureMap, code: Value): FeatureMap {
  const [c0, c1, c2, c3] = config.channels
  let style = ops.div(
    ops.sub(code, scope.parameter('code_mean', [codeSize])),
    scope.parameter('code_deviation', [codeSize]),
  )
  for (const layer of [0, 1]) style = silu(linear(scope.at('mapping', layer), style, { out: config.styleSize }))
  const down = (index: number, x: FeatureMap, out: number): FeatureMap =>
    conv2d(scope.at('down', index), x, { out, stride: 2 })
  const up = (index: number, x: FeatureMap, out: number): FeatureMap => {
    const narrow = conv2d(scope.at('up', index), x, { out, kernel: 1, padding: 0 })
    return featureMap(ops.resize(toChannelsFirst(narrow), 2))
  }
  const h0 = conv2d(scope.at('conv_in'), picture, { out: c0 })
  const h1 = block(scope.at('down_blocks', 0), down(0, h0, c1), style, c1)
  const h2 = block(scope.at('down_blocks', 1), down(1, h1, c2), style, c2)
  let h = down(2, h2, c3)
  for (const index of [0, 1]) h = block(scope.at('middle', index), h, style, c3)
  h = block(scope.at('up_blocks', 0), concatChannels(up(0, h, c2), h2), style, c2)
  h = block(scope.at('up_blocks', 1), concatChannels(up(1, h, c1), h1), style, c1)
  h = block(scope.at('up_blocks', 2), addMaps(up(2, h, c0), h0), style, c0)
  return addMaps(picture, conv2d(scope.at('conv_out'), adaptive(scope.at('adain_out'), h, style), { out: 3 }))
}

/** x + conv2(adain2(conv1(adain1(x)))); where the width changes, x passes the 1×1 convolution `shortcut`. */
function block(scope: Scope, x: FeatureMap, style: Value, out: number): FeatureMap {
  const inner = conv2d(scope.at('conv1'), adaptive(scope.at('adain1'), x, style), { out })
  const y = conv2d(scope.at('conv2'), adaptive(scope.at('adain2'), inner, style), { out })
  const own = out === x.channels ? x : conv2d(scope.at('shortcut'), x, { out, kernel: 1, padding: 0 })
  return addMaps(y, own)
}

/** Instance normalisation with scale and shift from the style, then SiLU; parameters below `affine`. */
function adaptive(scope: Scope, x: FeatureMap, style: Value): FeatureMap {
  const affine = ops.unsqueeze(linear(scope.at('affine'), style, { out: 2 * x.channels }), [2])
  const [scale = affine, shift = affine] = ops.chunk(affine, 2, 1)
  const places = placesOf(x)
  const { mean, deviation } = channelStatistics(places)
  const normal = ops.div(ops.sub(places, mean), deviation)
  const moved = ops.add(ops.mul(normal, ops.add(scale, 1)), shift)
  return mapValues(x, (value) => ops.reshape(silu(moved), value.shape))
}
