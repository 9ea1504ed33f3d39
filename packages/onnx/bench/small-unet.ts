import {
  addMaps,
  attentionLayer,
  concatChannels,
  conv2d,
  downsample2d,
  featureMap,
  fromSequence,
  groupNorm,
  mapValues,
  resnetBlock,
  silu,
  timestepEmbedding,
  timestepMlp,
  toChannelsFirst,
  toSequence,
  toTokens,
  upsample2d,
  type FeatureMap,
  type Scope,
  type Value,
} from '../src/index.ts'

export type Layout = FeatureMap['layout']

/**
 * A UNet of about 3.7 million parameters over `[batch, 4, 16, 16]`: two levels of 64 and 128 channels, attention at 8×8.
 */
export function smallUnet(scope: Scope, latents: Value, timesteps: Value, layout: Layout): Value {
  const time = timestepMlp(scope.at('time_embedding'), timestepEmbedding(timesteps, { width: 64, cosFirst: true }), {
    width: 256,
  })
  const image = featureMap(latents)
  const resnet = (name: string, x: FeatureMap, out: number): FeatureMap => resnetBlock(scope.at(name), x, time, { out })
  const attend = (name: string, x: FeatureMap): FeatureMap => {
    const place = scope.at(name)
    const sequence = toSequence(groupNorm(place.at('group_norm'), x))
    return addMaps(x, fromSequence(attentionLayer(place, sequence, undefined, { heads: 4, bias: true }), x))
  }
  const first = conv2d(scope.at('conv_in'), layout === 'tokens' ? toTokens(image) : image, { out: 64 })
  const a = resnet('down_blocks.0.resnets.0', first, 64)
  const b = resnet('down_blocks.0.resnets.1', a, 64)
  const down = downsample2d(scope.at('down_blocks.0.downsamplers.0'), b)
  const c = attend('down_blocks.1.attentions.0', resnet('down_blocks.1.resnets.0', down, 128))
  const d = attend('down_blocks.1.attentions.1', resnet('down_blocks.1.resnets.1', c, 128))
  let h = resnet('mid_block.resnets.0', d, 128)
  h = resnet('mid_block.resnets.1', attend('mid_block.attentions.0', h), 128)
  for (const [index, skip] of [d, c, down].entries()) {
    h = resnet(`up_blocks.0.resnets.${index}`, concatChannels(h, skip), 128)
    h = attend(`up_blocks.0.attentions.${index}`, h)
  }
  h = upsample2d(scope.at('up_blocks.0.upsamplers.0'), h)
  for (const [index, skip] of [b, a, first].entries()) {
    h = resnet(`up_blocks.1.resnets.${index}`, concatChannels(h, skip), 64)
  }
  h = mapValues(groupNorm(scope.at('conv_norm_out'), h), silu)
  return toChannelsFirst(conv2d(scope.at('conv_out'), h, { out: 4 }))
}
