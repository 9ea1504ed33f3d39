import type { WeightSource } from '@patchbay/onnx'
import { ConfigError, configFields } from '../../weights/config-fields.ts'
import { countOf, sizeAt } from '../../weights/shapes.ts'

/** What shapes LlamaGen's text-to-image transformer (Sun et al. 2024). */
export interface LlamaGenConfig {
  readonly width: number
  readonly layers: number
  readonly heads: number
  /** Of keys and values. */
  readonly keyHeads: number
  readonly innerWidth: number
  /** Entries of the image tokenizer's codebook. */
  readonly codes: number
  /** Places of the text before the picture. */
  readonly textPlaces: number
  /** Values of each token that the text encoder gives. */
  readonly textWidth: number
  /** Places of the picture along each side. */
  readonly side: number
  readonly theta: number
  readonly epsilon: number
}

/** Values of a head of every published LlamaGen. */
const publishedHead = 64

/**
 * The config of a LlamaGen by its weights, with what its `config.json` says where it has one.
 * @throws ConfigError where the config is of another architecture, or its numbers do not fit each other
 */
export function llamaGenConfigOf(weights: WeightSource, title: string, json: unknown = {}): LlamaGenConfig {
  const fields = configFields(title, json)
  const width = fields.number('dim', sizeAt(weights, 'tok_embeddings.weight', 1))
  const heads = fields.number('n_head', width / publishedHead)
  const keyHeads = fields.number('n_kv_head', heads)
  const places = fields.number('block_size', 256)
  const side = Math.round(Math.sqrt(places))
  if (side * side !== places) {
    throw new ConfigError(`${title}: expected "block_size" to be the places of a square picture, got ${places}`)
  }
  if (width % heads !== 0 || (width / heads) % 4 !== 0 || heads % keyHeads !== 0) {
    throw new ConfigError(
      `${title}: ${heads} heads with ${keyHeads} of keys do not fit a width of ${width}: a head has a multiple of 4 values`,
    )
  }
  return {
    width,
    layers: fields.number('n_layer', countOf(weights, 'layers')),
    heads,
    keyHeads,
    innerWidth: fields.number('ffn_hidden_dim', sizeAt(weights, 'layers.0.feed_forward.w1.weight', 0)),
    codes: fields.number('vocab_size', sizeAt(weights, 'tok_embeddings.weight', 0)),
    textPlaces: fields.number('cls_token_num', sizeAt(weights, 'cls_embedding.uncond_embedding', 0)),
    textWidth: fields.number('caption_dim', sizeAt(weights, 'cls_embedding.uncond_embedding', 1)),
    side,
    theta: fields.number('rope_base', 10_000),
    epsilon: fields.number('norm_eps', 1e-5),
  }
}

/** The `config.json` that `llamaGenConfigOf` reads, in LlamaGen's words. */
export const llamaGenJson = (config: LlamaGenConfig) => ({
  architecture: 'llamagen-text',
  dim: config.width,
  n_layer: config.layers,
  n_head: config.heads,
  n_kv_head: config.keyHeads,
  ffn_hidden_dim: config.innerWidth,
  vocab_size: config.codes,
  cls_token_num: config.textPlaces,
  caption_dim: config.textWidth,
  block_size: config.side ** 2,
  rope_base: config.theta,
  norm_eps: config.epsilon,
})
