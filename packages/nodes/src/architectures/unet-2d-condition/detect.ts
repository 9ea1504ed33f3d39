import { renameWeights, weightsUnder, type WeightSource } from '@patchbay/onnx'
import { countOf, indicesBelow, sizeAt } from '../../weights/shapes.ts'
import type { UNet2DConditionConfig } from './config.ts'
import { ldmUnetNames } from './ldm-names.ts'

/**
 * A UNet (or ControlNet) under diffusers' names, from a whole checkpoint, a UNet alone, or one that has these names
 * already.
 */
export function ldmUnetOf(source: WeightSource): WeightSource | undefined {
  if (source.get('conv_in.weight') && source.names.some((name) => name.startsWith('down_blocks.'))) return source
  const prefix = ['model.diffusion_model.', 'diffusion_model.', 'control_model.', ''].find(
    (candidate) => source.get(`${candidate}input_blocks.0.0.weight`) !== undefined,
  )
  if (prefix === undefined) return undefined
  const inside = weightsUnder(source, prefix)
  return renameWeights(inside, ldmUnetNames(inside.names))
}

/**
 * The config of a UNet from its weights, or undefined where they are none of a UNet2DConditionModel.
 * What shapes cannot tell (head counts, scaling factors) follows the published checkpoints.
 */
export function detectUNetConfig(source: WeightSource): UNet2DConditionConfig | undefined {
  const inChannels = sizeAt(source, 'conv_in.weight', 1)
  const first = sizeAt(source, 'conv_in.weight', 0)
  const blocks = countOf(source, 'down_blocks')
  if (inChannels === undefined || first === undefined || blocks === 0) return undefined
  const blockOutChannels = indicesBelow(blocks).map(
    (block) => sizeAt(source, `down_blocks.${block}.resnets.0.conv1.weight`, 0) ?? first,
  )
  const transformers = (prefix: string): number => countOf(source, `${prefix}.transformer_blocks`)
  const downAttention = indicesBelow(blocks).map((block) => transformers(`down_blocks.${block}.attentions.0`) > 0)
  const crossNames = source.names.filter((name) => name.endsWith('.attn2.to_k.weight'))
  const crossAttentionDim = sizeAt(source, crossNames[0] ?? '', 1) ?? 1280
  const midLayers = transformers('mid_block.attentions.0')
  const transformerLayers = indicesBelow(blocks).map((block) => {
    const layers = transformers(`down_blocks.${block}.attentions.0`)
    return layers > 0
      ? layers
      : Math.max(1, block === blocks - 1 ? midLayers : transformers(`up_blocks.${blocks - 1 - block}.attentions.0`))
  })
  const projection = source.names.find((name) => name.endsWith('.proj_in.weight'))
  const linearProjection = projection !== undefined && source.get(projection)?.shape.length === 2
  const additionSize = sizeAt(source, 'add_embedding.linear_1.weight', 1)
  const guidanceSize = sizeAt(source, 'time_embedding.cond_proj.weight', 1)
  return {
    inChannels,
    outChannels: sizeAt(source, 'conv_out.weight', 0) ?? 4,
    blockOutChannels,
    layersPerBlock: indicesBelow(blocks).map((block) => countOf(source, `down_blocks.${block}.resnets`)),
    downAttention,
    upAttention: indicesBelow(blocks).map((block) => transformers(`up_blocks.${block}.attentions.0`) > 0),
    midAttention: midLayers > 0,
    transformerLayers,
    // SD 1 has eight heads everywhere; every published UNet with linear projections has heads of 64 channels.
    heads: blockOutChannels.map((channels) => (linearProjection ? Math.max(1, channels / 64) : 8)),
    crossAttentionDim,
    linearProjection,
    normGroups: 32,
    normEps: 1e-5,
    flipSinToCos: true,
    frequencyShift: 0,
    ...(additionSize !== undefined && { addition: { inputSize: additionSize, timeEmbeddingSize: 256 } }),
    ...(guidanceSize !== undefined && { guidanceEmbeddingSize: guidanceSize }),
  }
}
