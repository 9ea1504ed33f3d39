import { weightsUnder, type WeightSource } from '@patchbay/onnx'
import type { ClipTextConfig } from '../architectures/clip-text/config.ts'
import { detectClipTextConfig } from '../architectures/clip-text/detect.ts'
import { clipWeights, openClipSource } from '../architectures/clip-text/weights.ts'
import type { ClipForm } from '../families/text-encoder-recipe.ts'

/** A CLIP text encoder as found in a file of weights, under transformers' names. */
export interface ClipInFile {
  readonly form: ClipForm
  readonly config: ClipTextConfig
  readonly weights: WeightSource
}

const prefixes: readonly (readonly [prefix: string, form: ClipForm])[] = [
  ['cond_stage_model.transformer.', 'clip'],
  ['cond_stage_model.model.', 'open-clip'],
  ['conditioner.embedders.0.transformer.', 'clip'],
  ['conditioner.embedders.0.model.', 'open-clip'],
  ['conditioner.embedders.1.model.', 'open-clip'],
]

/**
 * The text encoders inside a whole checkpoint (the layout of the original Stable Diffusion code and of ComfyUI's
 * saved checkpoints), in the order in which their embeddings are joined. Nothing is read but names and shapes;
 * OpenCLIP's transposed projection, a few megabytes, is read when it is asked for.
 */
export function textEncodersInCheckpoint(source: WeightSource): readonly ClipInFile[] {
  return prefixes.flatMap(([prefix, form]) => clipIn(weightsUnder(source, prefix), form))
}

/** Text encoders in a file by themselves, or in a whole checkpoint. */
export function textEncodersInFile(source: WeightSource): readonly ClipInFile[] {
  const inside = textEncodersInCheckpoint(source)
  if (inside.length > 0) return inside
  const prefix = ['text_encoders.clip_l.transformer.', 'text_encoder.', 'transformer.', 'model.', ''].find(
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

function clipIn(stored: WeightSource, form: ClipForm): readonly ClipInFile[] {
  if (stored.names.length === 0) return []
  const weights = form === 'clip' ? clipWeights(stored) : openClipSource(stored)
  const config = detectClipTextConfig(weights)
  return config ? [{ form, config, weights }] : []
}
