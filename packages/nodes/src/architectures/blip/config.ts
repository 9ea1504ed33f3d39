import { ConfigError, configFields } from '../../weights/config-fields.ts'

/** What shapes BLIP's text decoder (Li et al. 2022), a BERT that looks at a picture; field by field as transformers. */
export interface BlipTextConfig {
  readonly vocabularySize: number
  readonly width: number
  /** Of what it looks at. */
  readonly memoryWidth: number
  readonly innerWidth: number
  readonly layers: number
  readonly heads: number
  /** Places it knows; no caption with its prompt is longer. */
  readonly maxTokens: number
  readonly activation: 'gelu' | 'relu'
  readonly normEps: number
  readonly beginToken: number
  readonly endToken: number
  readonly padToken: number
}

/** What shapes BLIP's image tower, a ViT (Dosovitskiy et al. 2021). */
export interface BlipVisionConfig {
  readonly width: number
  readonly innerWidth: number
  readonly layers: number
  readonly heads: number
  readonly imageSize: number
  readonly patchSize: number
  readonly activation: 'gelu' | 'relu'
  readonly normEps: number
}

export interface BlipConfig {
  readonly vision: BlipVisionConfig
  readonly text: BlipTextConfig
}

/**
 * Reads the `text_config` of transformers' `config.json` of a BLIP model.
 * @throws ConfigError where a field is missing or of another kind
 */
export function parseBlipTextConfig(json: unknown, title: string): BlipTextConfig {
  const fields = configFields(title, json)
  return {
    vocabularySize: fields.number('vocab_size', 30524),
    width: fields.number('hidden_size', 768),
    memoryWidth: fields.number('encoder_hidden_size', 768),
    innerWidth: fields.number('intermediate_size', 3072),
    layers: fields.number('num_hidden_layers', 12),
    heads: fields.number('num_attention_heads', 8),
    maxTokens: fields.number('max_position_embeddings', 512),
    activation: activationOf(fields.text('hidden_act', 'gelu'), title),
    normEps: fields.number('layer_norm_eps', 1e-12),
    beginToken: fields.number('bos_token_id', 30522),
    // What ends a caption is BERT's separator, whatever `eos_token_id` says.
    endToken: fields.number('sep_token_id', 102),
    padToken: fields.number('pad_token_id', 0),
  }
}

/** The `text_config` that `parseBlipTextConfig` reads. */
export const blipTextJson = (config: BlipTextConfig) => ({
  vocab_size: config.vocabularySize,
  hidden_size: config.width,
  encoder_hidden_size: config.memoryWidth,
  intermediate_size: config.innerWidth,
  num_hidden_layers: config.layers,
  num_attention_heads: config.heads,
  max_position_embeddings: config.maxTokens,
  hidden_act: config.activation,
  layer_norm_eps: config.normEps,
  bos_token_id: config.beginToken,
  eos_token_id: config.endToken,
  sep_token_id: config.endToken,
  pad_token_id: config.padToken,
})

/**
 * Reads transformers' `config.json` of a BlipForConditionalGeneration.
 * @throws ConfigError where a field is missing or of another kind
 */
export function parseBlipConfig(json: unknown, title = 'config.json'): BlipConfig {
  const parts = typeof json === 'object' && json !== null ? new Map<string, unknown>(Object.entries(json)) : new Map()
  const vision = configFields(`${title}, vision_config`, parts.get('vision_config') ?? {})
  const visionWidth = vision.number('hidden_size', 768)
  const text: unknown = parts.get('text_config') ?? {}
  return {
    vision: {
      width: visionWidth,
      innerWidth: vision.number('intermediate_size', 3072),
      layers: vision.number('num_hidden_layers', 12),
      heads: vision.number('num_attention_heads', 12),
      imageSize: vision.number('image_size', 384),
      patchSize: vision.number('patch_size', 16),
      activation: activationOf(vision.text('hidden_act', 'gelu'), title),
      normEps: vision.number('layer_norm_eps', 1e-5),
    },
    // transformers gives the decoder the width of the tower, whatever its own config says.
    text: { ...parseBlipTextConfig(text, `${title}, text_config`), memoryWidth: visionWidth },
  }
}

function activationOf(name: string, title: string): 'gelu' | 'relu' {
  if (name === 'gelu' || name === 'relu') return name
  throw new ConfigError(`${title}: "hidden_act" is "${name}"; supported are gelu and relu`)
}
