import { weightsUnder, type WeightSource } from '@patchbay/onnx'
import { detectClipTextConfig } from '../architectures/clip-text/detect.ts'
import { clipWeights, openClipSource } from '../architectures/clip-text/weights.ts'
import { decoderLmWeightsIn, detectDecoderLmConfig } from '../architectures/decoder-lm/detect.ts'
import { detectT5EncoderConfig, t5WeightsIn } from '../architectures/t5-encoder/detect.ts'
import type { ClipForm } from '../families/text-encoder-recipe.ts'
import type { TextEncoderSource } from './text-encoder-folder.ts'

const prefixes: readonly (readonly [prefix: string, form: ClipForm])[] = [
  ['cond_stage_model.transformer.', 'clip'],
  ['cond_stage_model.model.', 'open-clip'],
  ['conditioner.embedders.0.transformer.', 'clip'],
  ['conditioner.embedders.0.model.', 'open-clip'],
  ['conditioner.embedders.1.model.', 'open-clip'],
  ['text_encoders.clip_l.transformer.', 'clip'],
  ['text_encoders.clip_g.transformer.', 'clip'],
]

/** How ComfyUI names the other encoders of a whole checkpoint. */
const others = /^text_encoders\.[a-z0-9_]+\./

/**
 * The text encoders inside a whole checkpoint (the layout of the original Stable Diffusion code and of ComfyUI's
 * saved checkpoints), in the order in which their embeddings are joined. Nothing is read but names and shapes;
 * OpenCLIP's transposed projection, a few megabytes, is read when it is asked for.
 */
export function textEncodersInCheckpoint(source: WeightSource): readonly TextEncoderSource[] {
  const clips = prefixes.flatMap(([prefix, form]) => clipIn(weightsUnder(source, prefix), form))
  if (!source.names.some((name) => others.test(name))) return clips
  return [...clips, ...languageModelsIn(source)]
}

/** Text encoders in a file by themselves, or in a whole checkpoint. */
export function textEncodersInFile(source: WeightSource): readonly TextEncoderSource[] {
  const inside = textEncodersInCheckpoint(source)
  if (inside.length > 0) return inside
  const models = languageModelsIn(source)
  if (models.length > 0) return models
  const prefix = ['text_encoder.', 'transformer.', 'model.', ''].find(
    (candidate) =>
      source.get(`${candidate}text_model.embeddings.token_embedding.weight`) ??
      source.get(`${candidate}embeddings.token_embedding.weight`) ??
      source.get(`${candidate}token_embedding.weight`),
  )
  if (prefix === undefined) return []
  const weights = prefix === '' ? source : weightsUnder(source, prefix)
  const isOpenClip = weights.names.some((name) => name.startsWith('transformer.resblocks.'))
  return clipIn(weights, isOpenClip ? 'open-clip' : 'clip')
}

function clipIn(stored: WeightSource, form: ClipForm): readonly TextEncoderSource[] {
  if (stored.names.length === 0) return []
  const weights = form === 'clip' ? clipWeights(stored) : openClipSource(stored)
  const config = detectClipTextConfig(weights)
  return config ? [{ kind: 'clip', form, config, weights }] : []
}

/** A T5, or a decoder-only language model. */
function languageModelsIn(source: WeightSource): readonly TextEncoderSource[] {
  const t5 = t5WeightsIn(source)
  const t5Config = t5 && detectT5EncoderConfig(t5)
  if (t5 && t5Config) return [{ kind: 't5', config: t5Config, weights: t5 }]
  const model = decoderLmWeightsIn(source)
  const config = model && detectDecoderLmConfig(model)
  return model && config ? [{ kind: 'decoder-lm', config, weights: model }] : []
}
