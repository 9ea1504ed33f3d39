import { numberAt } from '@patchbay/onnx/tensor'
import {
  attentionBlock,
  conv2d,
  downsample2d,
  groupNorm,
  mapValues,
  ops,
  resnetBlock,
  silu,
  toChannelsFirst,
  upsample2d,
  type FeatureMap,
  type Scope,
  type Value,
} from '@patchbay/onnx'
import type { AutoencoderKLConfig } from './config.ts'

const epsilon = 1e-6

/**
 * The encoder of diffusers' AutoencoderKL (Rombach et al. 2022, section 3.1): an image in [-1, 1], [batch, 3, height,
 * width], to mean and log variance of its latents, each [batch, latentChannels, height / scale, width / scale],
 * before scaling.
 */
export function encodeImage(
  scope: Scope,
  config: AutoencoderKLConfig,
  image: FeatureMap,
): { readonly mean: Value; readonly logVariance: Value } {
  const { latentChannels } = config
  let x = encoderFeatures(scope.at('encoder'), config, image, 2 * latentChannels)
  if (config.quantConv) x = conv2d(scope.at('quant_conv'), x, { out: 2 * latentChannels, kernel: 1 })
  const [mean, logVariance] = ops.chunk(toChannelsFirst(x), 2, 1)
  if (!mean || !logVariance) throw new Error('chunk gives two values')
  return { mean, logVariance: ops.clip(logVariance, -30, 20) }
}

/** diffusers' Encoder: an image to a map of `channels`, [batch, channels, height / scale, width / scale]. */
export function encoderFeatures(
  at: Scope,
  config: AutoencoderKLConfig,
  image: FeatureMap,
  channels: number,
): FeatureMap {
  const { blockOutChannels, normGroups: groups } = config
  let x = conv2d(at.at('conv_in'), image, { out: numberAt(blockOutChannels, 0) })
  for (const [block, out] of blockOutChannels.entries()) {
    const here = at.at('down_blocks', block)
    for (let layer = 0; layer < config.layersPerBlock; layer++) {
      x = resnetBlock(here.at('resnets', layer), x, undefined, { out, groups, epsilon })
    }
    if (block < blockOutChannels.length - 1) x = downsample2d(here.at('downsamplers', 0), x, { asymmetric: true })
  }
  x = middle(at.at('mid_block'), config, x)
  return conv2d(at.at('conv_out'), normalized(at.at('conv_norm_out'), config, x), { out: channels })
}

/** The decoder of diffusers' AutoencoderKL: unscaled latents to an image that is about [-1, 1]. */
export function decodeLatents(scope: Scope, config: AutoencoderKLConfig, latents: FeatureMap): FeatureMap {
  const { blockOutChannels, normGroups: groups } = config
  const levels = [...blockOutChannels].reverse()
  const at = scope.at('decoder')
  const z = config.postQuantConv
    ? conv2d(scope.at('post_quant_conv'), latents, { out: config.latentChannels, kernel: 1 })
    : latents
  let x = conv2d(at.at('conv_in'), z, { out: numberAt(levels, 0) })
  x = middle(at.at('mid_block'), config, x)
  for (const [block, out] of levels.entries()) {
    const here = at.at('up_blocks', block)
    for (let layer = 0; layer <= config.layersPerBlock; layer++) {
      x = resnetBlock(here.at('resnets', layer), x, undefined, { out, groups, epsilon })
    }
    if (block < levels.length - 1) x = upsample2d(here.at('upsamplers', 0), x)
  }
  return conv2d(at.at('conv_out'), normalized(at.at('conv_norm_out'), config, x), { out: config.outChannels })
}

function middle(scope: Scope, config: AutoencoderKLConfig, start: FeatureMap): FeatureMap {
  const { normGroups: groups } = config
  let x = resnetBlock(scope.at('resnets', 0), start, undefined, { groups, epsilon })
  if (config.midAttention) x = attentionBlock(scope.at('attentions', 0), x, { groups, epsilon })
  x = resnetBlock(scope.at('resnets', 1), x, undefined, { groups, epsilon })
  return x
}

function normalized(scope: Scope, { normGroups: groups }: AutoencoderKLConfig, x: FeatureMap): FeatureMap {
  return mapValues(groupNorm(scope, x, { groups, epsilon }), silu)
}
