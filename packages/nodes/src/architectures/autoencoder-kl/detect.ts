import {
  createWeightSource,
  renameWeights,
  requireWeight,
  weightsUnder,
  type Weight,
  type WeightSource,
} from '@patchbay/onnx'
import { countOf, indicesBelow, sizeAt } from '../../weights/shapes.ts'
import { viewOf } from '../../weights/weight-view.ts'
import type { AutoencoderKLConfig } from './config.ts'
import { ldmAutoencoderNames } from './ldm-names.ts'

/** An autoencoder under diffusers' names, from a whole checkpoint, a VAE alone, or one that has these names already. */
export function ldmAutoencoderOf(source: WeightSource): WeightSource | undefined {
  if (source.names.some((name) => name.startsWith('decoder.up_blocks.'))) return renameWeights(source, oldAttentionName)
  const prefix = ['first_stage_model.', 'vae.', ''].find(
    (candidate) => source.get(`${candidate}decoder.conv_in.weight`) !== undefined,
  )
  if (prefix === undefined) return undefined
  const inside = weightsUnder(source, prefix)
  const named = renameWeights(inside, ldmAutoencoderNames(inside.names))
  return createWeightSource(
    named.names.map((name) => withoutPixelAxes(requireWeight(named, name))),
    named,
  )
}

/** Autoencoders saved by diffusers before its attention classes were joined have these names. */
function oldAttentionName(name: string): string {
  return name.replace(/\.attentions\.0\.(query|key|value|proj_attn)\./, (_, part: string) => {
    const renamed = { query: 'to_q', key: 'to_k', value: 'to_v', proj_attn: 'to_out.0' }[part]
    return `.attentions.0.${renamed ?? part}.`
  })
}

/** The attention of the original autoencoder is made of 1×1 convolutions; the same numbers are a linear layer. */
function withoutPixelAxes(weight: Weight): Weight {
  const { shape } = weight
  const isProjection = /\.attentions\.0\.to_(q|k|v|out\.0)\.weight$/.test(weight.name)
  return isProjection && shape.length === 4 ? viewOf(weight, { shape: shape.slice(0, 2) }) : weight
}

/**
 * The config of an autoencoder from its weights, or undefined where they are none of an AutoencoderKL. What brings
 * its latents to unit variance is not in them: it belongs to the family.
 */
export function detectAutoencoderConfig(
  source: WeightSource,
  { factor, shift }: { readonly factor: number; readonly shift: number },
): AutoencoderKLConfig | undefined {
  const inChannels = sizeAt(source, 'encoder.conv_in.weight', 1)
  const latentChannels = sizeAt(source, 'decoder.conv_in.weight', 1)
  const blocks = countOf(source, 'encoder.down_blocks')
  if (inChannels === undefined || latentChannels === undefined || blocks === 0) return undefined
  return {
    inChannels,
    outChannels: sizeAt(source, 'decoder.conv_out.weight', 0) ?? inChannels,
    latentChannels,
    blockOutChannels: indicesBelow(blocks).map(
      (block) => sizeAt(source, `encoder.down_blocks.${block}.resnets.0.conv1.weight`, 0) ?? 0,
    ),
    layersPerBlock: countOf(source, 'encoder.down_blocks.0.resnets'),
    normGroups: 32,
    scalingFactor: factor,
    shiftFactor: shift,
    midAttention: source.get('encoder.mid_block.attentions.0.to_q.weight') !== undefined,
    quantConv: source.get('quant_conv.weight') !== undefined,
    postQuantConv: source.get('post_quant_conv.weight') !== undefined,
    ...(source.get('bn.running_mean') && { statistics: { epsilon: 1e-4 } }),
  }
}
