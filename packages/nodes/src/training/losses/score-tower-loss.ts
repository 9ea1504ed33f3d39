import { featureMap, float32, Graph, int64, toTokens, type Feeds, type Value } from '@patchbay/onnx'
import { scoreTower, type ScoreTowerConfig } from '../../architectures/scorers/score-tower.ts'
import { contrastiveLoss } from './contrastive-loss.ts'
import { trainingScope } from './denoising-loss.ts'

/** The logarithm of what cosines are multiplied with; trained beside the tower, and no part of it. */
export const logitScale = 'logit_scale'

/** Cosines count 14-fold at first (Radford et al. 2021, section 2.5). */
export const firstLogitScale = { [logitScale]: float32([], [Math.log(1 / 0.07)]) }

/**
 * The contrastive loss of an image tower against frozen texts: each text of a batch is wrong for all pictures but its
 * own. Inputs: `image` [batch, 3, imageSize, imageSize] in -1 to 1, `texts` [batch, projectionSize], `targets` [batch].
 */
export function scoreTowerLoss(config: ScoreTowerConfig, batch: number): Value {
  const graph = new Graph()
  const { imageSize: side } = config
  const image = toTokens(featureMap(graph.input('image', 'float32', [batch, 3, side, side])))
  const { embedding } = scoreTower(trainingScope(graph), config, image)
  const texts = graph.input('texts', 'float32', [batch, config.projectionSize])
  const targets = graph.input('targets', 'int64', [batch])
  return contrastiveLoss(embedding, texts, graph.parameter(logitScale, 'float32', []), targets)
}

export function scoreTowerFeeds(
  { imageSize: side, projectionSize }: ScoreTowerConfig,
  pictures: Float32Array,
  texts: Float32Array,
): Feeds {
  const batch = pictures.length / (3 * side * side)
  return {
    image: float32([batch, 3, side, side], pictures),
    texts: float32([batch, projectionSize], texts),
    targets: int64(
      [batch],
      Array.from({ length: batch }, (_, i) => i),
    ),
  }
}
