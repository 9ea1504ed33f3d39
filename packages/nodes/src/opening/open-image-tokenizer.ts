import { detectVqModelConfig, parseVqModelConfig } from '../architectures/vq-model/config.ts'
import type { ImageTokenizer } from '../networks/tokens/image-tokenizer.ts'
import { CheckpointError } from '../weights/checkpoint-error.ts'
import { contentKeyOf, openComponent, titleOfPath } from '../weights/component.ts'
import { looksLike } from '../weights/looks-like.ts'

/**
 * Opens diffusers' VQModel: a folder with its `config.json`, a file of such a folder, or a file alone.
 * @throws CheckpointError or ConfigError that says what the file looks like, where it is none
 */
export function openImageTokenizer(path: string): ImageTokenizer {
  const { weights, config: json } = openComponent(path)
  const title = titleOfPath(path)
  if (!weights.get('quantize.embedding.weight')) {
    throw new CheckpointError(
      `${title} is no image tokenizer that is known (diffusers' VQModel): it has no codebook "quantize.embedding.weight". It looks like ${looksLike(weights, 'LoadImageTokenizer')}.`,
    )
  }
  const config = json === undefined ? detectVqModelConfig(weights) : parseVqModelConfig(json, `${title}/config.json`)
  if (!config) {
    throw new CheckpointError(
      `${title} has a codebook, but its encoder and decoder are not named as in diffusers' VQModel: convert it to that layout, or choose another image tokenizer.`,
    )
  }
  return { key: contentKeyOf(path), title, config, weights }
}
