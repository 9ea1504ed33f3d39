import { conv2d, linear, ops, type FeatureMap, type Scope, type Value } from '@patchbay/onnx'
import { configFields } from '../../weights/config-fields.ts'
import { imageTrunk, imageTrunkFields, parseImageTrunkConfig, relu6, type ImageTrunkConfig } from './image-trunk.ts'

/** What shapes a convolutional image tower: a picture in, one vector in the space of a text tower out. */
export interface ScoreTowerConfig {
  readonly imageSize: number
  readonly trunk: ImageTrunkConfig
  /** Of the last convolution, whose mean over all places is what the projection sees. */
  readonly featureSize: number
  /** Width of the space that is shared with the text tower. */
  readonly projectionSize: number
}

/**
 * Reads a score tower's `config.json`.
 * @throws ConfigError where a field is missing or of another kind
 */
export function parseScoreTowerConfig(json: unknown, title = 'image_encoder/config.json'): ScoreTowerConfig {
  const fields = configFields(title, json)
  return {
    imageSize: fields.number('image_size'),
    trunk: parseImageTrunkConfig(json, title),
    featureSize: fields.number('feature_size'),
    projectionSize: fields.number('projection_dim', 512),
  }
}

/** The `config.json` that `parseScoreTowerConfig` reads. */
export const scoreTowerJson = ({ imageSize, trunk, featureSize, projectionSize }: ScoreTowerConfig) => ({
  _class_name: 'ScoreTower',
  image_size: imageSize,
  ...imageTrunkFields(trunk),
  feature_size: featureSize,
  projection_dim: projectionSize,
})

export interface ScoreTowerOutputs {
  /** What the projection sees, from 0 up: [batch, featureSize]. */
  readonly features: Value
  /** Not of length 1: [batch, projectionSize]. */
  readonly embedding: Value
}

/** Parameters: the trunk's, `head` and `visual_projection`. `image` is in -1 to 1, [batch, 3, imageSize, imageSize]. */
export function scoreTower(scope: Scope, config: ScoreTowerConfig, image: FeatureMap): ScoreTowerOutputs {
  const seen = imageTrunk(scope, config.trunk, image).at(-1) ?? image
  const head = relu6(conv2d(scope.at('head'), seen, { out: config.featureSize, kernel: 1, padding: 0 }))
  const features = meanOverPlaces(head)
  return { features, embedding: linear(scope.at('visual_projection'), features, { out: config.projectionSize }) }
}

/** [batch, channels] */
export function meanOverPlaces(map: FeatureMap): Value {
  if (map.layout === 'channels-first') return ops.reduceMean(map.value, { axes: [2, 3], keepDims: false })
  const { batch, channels, value } = map
  return ops.reduceMean(ops.reshape(value, [batch, -1, channels]), { axes: [1], keepDims: false })
}
