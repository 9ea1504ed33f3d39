export { Scope, type AttentionForm, type AttentionParts, type LayerHooks, type ScopeOptions } from './scope.ts'
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
export {
  patchCount,
  patchify,
  patchPlaces,
  samePlaces,
  unpatchify,
  type Patches,
  type PatchOptions,
} from './patches.ts'
export {
  headNorm,
  jointAttention,
  projections,
  type JointAttentionOptions,
  type ProjectionOptions,
  type Projections,
} from './joint-attention.ts'
export { cachedAttention, type CachedAttentionOptions, type KeysAndValues } from './cached-attention.ts'
export { gated, modulate, modulation, plainLayerNorm, type ModulationOptions } from './modulation.ts'
export { gatedMlp, plainMlp, swiGlu, type GatedMlpOptions } from './gated-mlp.ts'
export { relativeBias, type RelativeBiasOptions } from './relative-bias.ts'
export { rotaryTable, rotate, type RotaryAxis, type RotaryPairing, type RotaryTable } from './rotary.ts'
export { jointBlock, normalized, singleBlock, type JointBlockOptions, type JointStreams } from './joint-blocks.ts'
