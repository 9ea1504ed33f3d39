import type { WeightSource } from '@patchbay/onnx'
import type { AutoencoderKLConfig } from '../architectures/autoencoder-kl/config.ts'
import type { ClipTextConfig } from '../architectures/clip-text/config.ts'
import type { ClipVisionConfig } from '../architectures/clip-vision/clip-vision.ts'
import type { UNet2DConditionConfig } from '../architectures/unet-2d-condition/config.ts'

/**
 * Configs read off the shapes of weights, for single files that carry no `config.json`. Weights are already under diffusers' and
 * transformers' names. What shapes cannot tell (head counts, scaling factors) follows the published checkpoints.
 */

/** How many entries `prefix.0`, `prefix.1`, … there are. */
function countOf(source: WeightSource, prefix: string): number {
  const start = `${prefix}.`
  const indices = source.names.flatMap((name) =>
    name.startsWith(start) ? [Number.parseInt(name.slice(start.length), 10)] : [],
  )
  return 1 + Math.max(-1, ...indices.filter(Number.isInteger))
}

function dim(source: WeightSource, name: string, axis: number): number | undefined {
  return source.get(name)?.shape[axis]
}

const range = (length: number): readonly number[] => Array.from({ length }, (_, index) => index)

/** The config of a UNet from its weights, or undefined where they are none of a UNet2DConditionModel. */
export function detectUNetConfig(source: WeightSource): UNet2DConditionConfig | undefined {
  const inChannels = dim(source, 'conv_in.weight', 1)
  const first = dim(source, 'conv_in.weight', 0)
  const blocks = countOf(source, 'down_blocks')
  if (inChannels === undefined || first === undefined || blocks === 0) return undefined
  const blockOutChannels = range(blocks).map(
    (block) => dim(source, `down_blocks.${block}.resnets.0.conv1.weight`, 0) ?? first,
  )
  const transformers = (prefix: string): number => countOf(source, `${prefix}.transformer_blocks`)
  const downAttention = range(blocks).map((block) => transformers(`down_blocks.${block}.attentions.0`) > 0)
  const crossNames = source.names.filter((name) => name.endsWith('.attn2.to_k.weight'))
  const crossAttentionDim = dim(source, crossNames[0] ?? '', 1) ?? 1280
  const midLayers = transformers('mid_block.attentions.0')
  const transformerLayers = range(blocks).map((block) => {
    const layers = transformers(`down_blocks.${block}.attentions.0`)
    return layers > 0
      ? layers
      : Math.max(1, block === blocks - 1 ? midLayers : transformers(`up_blocks.${blocks - 1 - block}.attentions.0`))
  })
  const projection = source.names.find((name) => name.endsWith('.proj_in.weight'))
  const linearProjection = projection !== undefined && source.get(projection)?.shape.length === 2
  const additionSize = dim(source, 'add_embedding.linear_1.weight', 1)
  const guidanceSize = dim(source, 'time_embedding.cond_proj.weight', 1)
  return {
    inChannels,
    outChannels: dim(source, 'conv_out.weight', 0) ?? 4,
    blockOutChannels,
    layersPerBlock: range(blocks).map((block) => countOf(source, `down_blocks.${block}.resnets`)),
    downAttention,
    upAttention: range(blocks).map((block) => transformers(`up_blocks.${block}.attentions.0`) > 0),
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

/** The config of an autoencoder from its weights, or undefined where they are none of an AutoencoderKL. */
export function detectAutoencoderConfig(
  source: WeightSource,
  scalingFactor = 0.18215,
): AutoencoderKLConfig | undefined {
  const inChannels = dim(source, 'encoder.conv_in.weight', 1)
  const latentChannels = dim(source, 'decoder.conv_in.weight', 1)
  const blocks = countOf(source, 'encoder.down_blocks')
  if (inChannels === undefined || latentChannels === undefined || blocks === 0) return undefined
  return {
    inChannels,
    outChannels: dim(source, 'decoder.conv_out.weight', 0) ?? inChannels,
    latentChannels,
    blockOutChannels: range(blocks).map(
      (block) => dim(source, `encoder.down_blocks.${block}.resnets.0.conv1.weight`, 0) ?? 0,
    ),
    layersPerBlock: countOf(source, 'encoder.down_blocks.0.resnets'),
    normGroups: 32,
    scalingFactor,
    shiftFactor: 0,
    midAttention: source.get('encoder.mid_block.attentions.0.to_q.weight') !== undefined,
    quantConv: source.get('quant_conv.weight') !== undefined,
    postQuantConv: source.get('post_quant_conv.weight') !== undefined,
  }
}

/** The config of a CLIP text encoder from its weights, or undefined where they are none of one. */
export function detectClipTextConfig(source: WeightSource): ClipTextConfig | undefined {
  const tokens = source.get('text_model.embeddings.token_embedding.weight')?.shape
  const [vocabularySize, hiddenSize] = tokens ?? []
  if (vocabularySize === undefined || hiddenSize === undefined) return undefined
  const projectionSize = dim(source, 'text_projection.weight', 0)
  return {
    vocabularySize,
    hiddenSize,
    intermediateSize: dim(source, 'text_model.encoder.layers.0.mlp.fc1.weight', 0) ?? 4 * hiddenSize,
    layers: countOf(source, 'text_model.encoder.layers'),
    heads: Math.max(1, hiddenSize / 64),
    maxTokens: dim(source, 'text_model.embeddings.position_embedding.weight', 0) ?? 77,
    // OpenAI's ViT-L has 768 channels and QuickGELU; OpenCLIP's H (1024) and bigG (1280) have the exact GELU.
    activation: hiddenSize > 768 ? 'gelu' : 'quick_gelu',
    normEps: 1e-5,
    ...(projectionSize !== undefined && { projectionSize }),
    endToken: vocabularySize - 1,
  }
}

/** The config of a CLIP image encoder from its weights, or undefined where they are none of one. */
export function detectClipVisionConfig(source: WeightSource): ClipVisionConfig | undefined {
  const [hiddenSize, , patchSize] = source.get('vision_model.embeddings.patch_embedding.weight')?.shape ?? []
  const positions = dim(source, 'vision_model.embeddings.position_embedding.weight', 0)
  const projectionSize = dim(source, 'visual_projection.weight', 0)
  if (!hiddenSize || !patchSize || !positions || !projectionSize) return undefined
  return {
    hiddenSize,
    intermediateSize: dim(source, 'vision_model.encoder.layers.0.mlp.fc1.weight', 0) ?? 4 * hiddenSize,
    layers: countOf(source, 'vision_model.encoder.layers'),
    // Every published tower has heads of 64 channels but OpenCLIP's H (80) and bigG (104).
    heads: Math.max(1, Math.round(hiddenSize / ({ 1280: 80, 1664: 104 }[hiddenSize] ?? 64))),
    imageSize: Math.round(Math.sqrt(positions - 1)) * patchSize,
    patchSize,
    activation: hiddenSize > 1024 ? 'gelu' : 'quick_gelu',
    normEps: 1e-5,
    projectionSize,
  }
}
