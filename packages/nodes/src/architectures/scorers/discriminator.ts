import { conv2d, linear, ops, toSequence, type FeatureMap, type Scope, type Value } from '@patchbay/onnx'
import { ConfigError, configFields } from '../../weights/config-fields.ts'
import { imageTrunk, imageTrunkFields, parseImageTrunkConfig, type ImageTrunkConfig } from './image-trunk.ts'

/** What shapes a discriminator of text-image pairs. */
export interface DiscriminatorConfig {
  readonly imageSize: number
  readonly trunk: ImageTrunkConfig
  /**
   * The group of the trunk, from 1, that realism is judged by: an early one sees texture, in more and smaller patches.
   */
  readonly realismGroup: number
  /** Of the text's embedding. */
  readonly textSize: number
  /** Channels of both heads. */
  readonly width: number
}

/**
 * Reads a discriminator's `config.json`.
 * @throws ConfigError where a field is missing or of another kind
 */
export function parseDiscriminatorConfig(json: unknown, title = 'discriminator/config.json'): DiscriminatorConfig {
  const fields = configFields(title, json)
  const trunk = parseImageTrunkConfig(json, title)
  const realismGroup = fields.number('realism_group', trunk.groups.length)
  if (!Number.isInteger(realismGroup) || realismGroup < 1 || realismGroup > trunk.groups.length) {
    throw new ConfigError(
      `${title}: "realism_group" is ${realismGroup}, but the groups are 1 to ${trunk.groups.length}`,
    )
  }
  return {
    imageSize: fields.number('image_size'),
    trunk,
    realismGroup,
    textSize: fields.number('text_size', 512),
    width: fields.number('width'),
  }
}

/** The `config.json` that `parseDiscriminatorConfig` reads. */
export const discriminatorJson = ({ imageSize, trunk, realismGroup, textSize, width }: DiscriminatorConfig) => ({
  _class_name: 'Discriminator',
  image_size: imageSize,
  ...imageTrunkFields(trunk),
  realism_group: realismGroup,
  text_size: textSize,
  width,
})

/** Logits: above 0 speaks for a real picture and for a matching text. */
export interface Judgement {
  /** [batch] */
  readonly realism: Value
  /** [batch, patches], row by row; their mean is the picture's. */
  readonly patchRealism: Value
  /** [batch] */
  readonly match: Value
  /** [batch, patches], row by row; their mean is the picture's. */
  readonly patchMatch: Value
}

/**
 * A discriminator that judges patches (Isola et al. 2017, section 2.2.2), realism and text match apart; the text enters
 * by an inner product with what is seen (Miyato and Koyama 2018, figure 1d).
 * @param image in -1 to 1, [batch, 3, imageSize, imageSize]
 * @param text pooled embeddings: [batch, textSize]
 */
export function discriminator(
  scope: Scope,
  config: DiscriminatorConfig,
  { image, text }: { readonly image: FeatureMap; readonly text: Value },
): Judgement {
  const { trunk, realismGroup, width } = config
  const seen = imageTrunk(scope, trunk, image)
  const head = (name: string, map: FeatureMap): FeatureMap =>
    conv2d(scope.at(name), map, { out: width, kernel: 1, padding: 0 })
  const texture = ops.leakyRelu(toSequence(head('realism.hidden', seen[realismGroup - 1] ?? image)), 0.2)
  const patchRealism = ops.squeeze(linear(scope.at('realism.out'), texture, { out: 1 }), [2])
  const content = ops.leakyRelu(toSequence(head('match.hidden', seen.at(-1) ?? image)), 0.2)
  const words = ops.unsqueeze(linear(scope.at('match.text'), text, { out: width }), [2])
  const bias = scope.at('match').parameter('bias', [1])
  const patchMatch = ops.add(ops.squeeze(ops.matMul(content, words), [2]), bias)
  return {
    realism: ops.reduceMean(patchRealism, { axes: [1], keepDims: false }),
    patchRealism,
    match: ops.reduceMean(patchMatch, { axes: [1], keepDims: false }),
    patchMatch,
  }
}
