import { conv2d, layerNorm, linear, ops, toSequence, type FeatureMap, type Scope, type Value } from '@patchbay/onnx'
import { clipLayer } from '../clip-text/clip-text.ts'
import { ConfigError, configFields } from '../../weights/config-fields.ts'

/**
 * What shapes a CLIP image encoder (Radford et al. 2021; Dosovitskiy et al. 2021), field by field as transformers reads
 * it.
 */
export interface ClipVisionConfig {
  readonly hiddenSize: number
  readonly intermediateSize: number
  readonly layers: number
  readonly heads: number
  readonly imageSize: number
  readonly patchSize: number
  readonly activation: 'quick_gelu' | 'gelu'
  readonly normEps: number
  readonly projectionSize: number
}

/**
 * Reads transformers' `config.json` of a CLIPVisionModelWithProjection.
 * @throws ConfigError where a field is missing or of another kind
 */
export function parseClipVisionConfig(json: unknown, title = 'image_encoder/config.json'): ClipVisionConfig {
  const fields = configFields(title, json)
  const activation = fields.text('hidden_act', 'quick_gelu')
  if (activation !== 'quick_gelu' && activation !== 'gelu') {
    throw new ConfigError(`${title}: "hidden_act" is "${activation}"; supported are quick_gelu and gelu`)
  }
  return {
    hiddenSize: fields.number('hidden_size', 768),
    intermediateSize: fields.number('intermediate_size', 3072),
    layers: fields.number('num_hidden_layers', 12),
    heads: fields.number('num_attention_heads', 12),
    imageSize: fields.number('image_size', 224),
    patchSize: fields.number('patch_size', 32),
    activation,
    normEps: fields.number('layer_norm_eps', 1e-5),
    projectionSize: fields.number('projection_dim', 512),
  }
}

export interface ClipVisionOutputs {
  /** [batch, projectionSize] */
  readonly embedding: Value
  /** Outputs of each layer, the last one last: [batch, patches + 1, hiddenSize]. */
  readonly hiddenStates: readonly Value[]
}

/** The image tower of CLIP. `image` is normalised by CLIP's mean and deviation, [batch, 3, imageSize, imageSize]. */
export function clipVision(scope: Scope, config: ClipVisionConfig, image: FeatureMap): ClipVisionOutputs {
  const { hiddenSize, patchSize, normEps: epsilon } = config
  const model = scope.at('vision_model')
  const embeddings = model.at('embeddings')
  const patches = toSequence(
    conv2d(embeddings.at('patch_embedding'), image, {
      out: hiddenSize,
      kernel: patchSize,
      stride: patchSize,
      padding: 0,
      bias: false,
    }),
  )
  const count = (config.imageSize / patchSize) ** 2 + 1
  const first = ops.expand(ops.reshape(embeddings.parameter('class_embedding', [hiddenSize]), [1, 1, hiddenSize]), [
    image.batch,
    1,
    hiddenSize,
  ])
  const positions = embeddings.at('position_embedding').parameter('weight', [count, hiddenSize])
  let x = layerNorm(model.at('pre_layrnorm'), ops.add(ops.concat([first, patches], 1), positions), { epsilon })
  const hiddenStates: Value[] = []
  for (let layer = 0; layer < config.layers; layer++) {
    x = clipLayer(model.at('encoder', 'layers', layer), config, x, { causal: false })
    hiddenStates.push(x)
  }
  const pooled = layerNorm(model.at('post_layernorm'), ops.reshape(ops.slice(x, 1, 0, 1), [image.batch, hiddenSize]), {
    epsilon,
  })
  return {
    embedding: linear(scope.at('visual_projection'), pooled, { out: config.projectionSize, bias: false }),
    hiddenStates,
  }
}
