import type { WeightSource } from '@patchbay/onnx'
import { ConfigError, configFields } from '../../weights/config-fields.ts'
import { sizeAt } from '../../weights/shapes.ts'
import { autoencoderKLJson, parseAutoencoderKLConfig, type AutoencoderKLConfig } from '../autoencoder-kl/config.ts'
import { detectAutoencoderConfig } from '../autoencoder-kl/detect.ts'

/**
 * What shapes diffusers' VQModel: encoder and decoder are those of an AutoencoderKL, with a codebook between them.
 */
export interface VqModelConfig {
  readonly autoencoder: AutoencoderKLConfig
  /** Entries of the codebook. */
  readonly codes: number
  /** Values of each entry. */
  readonly codeWidth: number
}

/**
 * Reads diffusers' `config.json` of a VQModel.
 * @throws ConfigError where a field is missing, of another kind, or asks for what is not supported
 */
export function parseVqModelConfig(json: unknown, title: string): VqModelConfig {
  const fields = configFields(title, json)
  const norm = fields.text('norm_type', 'group')
  if (norm !== 'group') {
    throw new ConfigError(`${title}: "norm_type" is "${norm}", which is not supported; expected "group"`)
  }
  const blocks = ['down_block_types', 'up_block_types'].filter((name) => fields.has(name))
  const other = blocks
    .flatMap((name) => fields.texts(name))
    .find((type) => !/^(Down|Up)(En|De)coderBlock2D$/.test(type))
  if (other !== undefined) {
    throw new ConfigError(
      `${title}: blocks of the type "${other}" are not supported; expected DownEncoderBlock2D and UpDecoderBlock2D`,
    )
  }
  const autoencoder = { ...parseAutoencoderKLConfig(json, title), quantConv: true, postQuantConv: true }
  const codeWidth = fields.number('vq_embed_dim', autoencoder.latentChannels)
  return { autoencoder, codes: fields.number('num_vq_embeddings', 256), codeWidth }
}

/** The config by the names and shapes of weights under diffusers' names; undefined where there is no codebook. */
export function detectVqModelConfig(source: WeightSource): VqModelConfig | undefined {
  const codes = sizeAt(source, 'quantize.embedding.weight', 0)
  const codeWidth = sizeAt(source, 'quantize.embedding.weight', 1)
  const autoencoder = detectAutoencoderConfig(source, { factor: 1, shift: 0 })
  if (codes === undefined || codeWidth === undefined || !autoencoder) return undefined
  return { autoencoder: { ...autoencoder, quantConv: true, postQuantConv: true }, codes, codeWidth }
}

/** The `config.json` that `parseVqModelConfig` reads, as diffusers writes it. */
export function vqModelJson({ autoencoder, codes, codeWidth }: VqModelConfig) {
  const { use_quant_conv: _, use_post_quant_conv: __, shift_factor: ___, ...shared } = autoencoderKLJson(autoencoder)
  return { ...shared, _class_name: 'VQModel', num_vq_embeddings: codes, vq_embed_dim: codeWidth, norm_type: 'group' }
}
