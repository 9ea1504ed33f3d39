import { numberAt } from '@patchbay/onnx/tensor'
import { binaryCrossEntropy, featureMap, float32, Graph, ops, toTokens, type Feeds, type Value } from '@patchbay/onnx'
import { discriminator, type DiscriminatorConfig } from '../../architectures/scorers/discriminator.ts'
import { trainingScope } from './denoising-loss.ts'

/**
 * The loss of a discriminator of text-image pairs (Reed et al. 2016, section 4.2): real pictures with their texts are
 * right; generated ones are not real and do not match; real ones with another's text do not match. Patches are judged
 * one by one. Inputs: `real`,
 * `generated` [batch, 3, imageSize, imageSize] in -1 to 1; `text`, `otherText`, `generatedText` [batch, textSize].
 */
export function discriminatorLoss(config: DiscriminatorConfig, batch: number): Value {
  const graph = new Graph()
  const scope = trainingScope(graph)
  const { imageSize: side } = config
  const picture = (name: string) => toTokens(featureMap(graph.input(name, 'float32', [batch, 3, side, side])))
  const words = (name: string): Value => graph.input(name, 'float32', [batch, config.textSize])
  const real = picture('real')
  const right = discriminator(scope, config, { image: real, text: words('text') })
  const mismatched = discriminator(scope, config, { image: real, text: words('otherText') })
  const made = discriminator(scope, config, { image: picture('generated'), text: words('generatedText') })
  const is = (logits: Value, target: 0 | 1): Value => binaryCrossEntropy(logits, graph.scalar('float32', target))
  const realism = ops.add(is(right.patchRealism, 1), is(made.patchRealism, 0))
  const wrong = ops.mul(ops.add(is(mismatched.patchMatch, 0), is(made.patchMatch, 0)), 0.5)
  return ops.mul(ops.add(realism, ops.add(is(right.patchMatch, 1), wrong)), 0.25)
}

export interface DiscriminatorBatch {
  /** [batch, 3, imageSize, imageSize] in -1 to 1 */
  readonly real: Float32Array
  readonly generated: Float32Array
  /** [batch, textSize], of the real pictures. */
  readonly text: Float32Array
  readonly generatedText: Float32Array
}

/** What `discriminatorLoss` is fed; the other text of a picture is that of the next one of the batch. */
export function discriminatorFeeds(
  { imageSize: side, textSize }: DiscriminatorConfig,
  { real, generated, text, generatedText }: DiscriminatorBatch,
): Feeds {
  const batch = text.length / textSize
  const pictures = [batch, 3, side, side]
  const otherText = Float32Array.from(text, (_, i) => numberAt(text, (i + textSize) % text.length))
  return {
    real: float32(pictures, real),
    generated: float32(pictures, generated),
    text: float32([batch, textSize], text),
    otherText: float32([batch, textSize], otherText),
    generatedText: float32([batch, textSize], generatedText),
  }
}
