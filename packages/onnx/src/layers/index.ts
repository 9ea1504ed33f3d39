export { Scope, type AttentionForm, type ScopeOptions } from './scope.ts'
export {
  addMaps,
  addPerChannel,
  concatChannels,
  featureMap,
  fromSequence,
  mapValues,
  toChannelsFirst,
  toSequence,
  toTokens,
  type FeatureMap,
} from './feature-map.ts'
export {
  activate,
  embedding,
  geglu,
  linear,
  quickGelu,
  silu,
  timestepEmbedding,
  timestepMlp,
  type Activation,
  type LinearOptions,
  type TimestepEmbeddingOptions,
} from './linear.ts'
export { conv2d, downsample2d, upsample2d, type Conv2dOptions } from './convolution.ts'
export { groupNorm, layerNorm, rmsNorm } from './normalization.ts'
export { attention, attentionLayer, type AttentionLayerOptions, type AttentionOptions } from './attention.ts'
export { withAttentionForm } from './attention-form.ts'
export {
  attentionBlock,
  feedForward,
  resnetBlock,
  spatialTransformer,
  transformerBlock,
  type ResnetBlockOptions,
  type SpatialTransformerOptions,
  type TransformerBlockOptions,
} from './blocks.ts'
