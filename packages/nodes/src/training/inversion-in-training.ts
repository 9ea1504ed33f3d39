import { join } from 'node:path'
import { bindWeights, float32, mergeWeights, writeSafetensors, type BindParameter } from '@patchbay/onnx'
import { bindWithLoras } from '../models/lora-binding.ts'
import { weightsOf } from '../models/write-checkpoint.ts'
import type { DiffusionModel } from '../sampling/diffusion-model.ts'
import type { CaptionEncoder } from '../sampling/encode-captions.ts'
import { createCaptionEncoder } from '../sampling/encode-captions.ts'
import type { TextEncoderModel } from '../sampling/text-encoder.ts'
import type { Services } from '../services.ts'
import { learntVectors, wordPattern, type LearntText, type LearntWord } from './learnt-text.ts'
import type { NamedTensors } from './training-state.ts'

/** Trains the vectors alone; denoiser and text encoder are bound to their own weights. */
export function vectorsOnly(
  { denoising: { part, updates } }: DiffusionModel,
  { weights }: LearntText,
): { readonly trainable: (name: string) => boolean; readonly bind: BindParameter } {
  const bind = bindWithLoras(bindWeights(mergeWeights([part.weights, weights])), updates)
  return { trainable: (name) => name === learntVectors, bind }
}

/** The vectors to begin with: those of a word that comes near, again and again where it has fewer tokens. */
export function firstVectors(text: LearntText, { vectors }: LearntWord, near: string): NamedTensors {
  const known = text.embeddingsOf(near)
  if (known.length === 0)
    throw new Error('The word to begin with is empty: write one that comes near, such as "robot".')
  const values = Float32Array.from({ length: vectors * text.width }, (_, i) => known[i % known.length] ?? 0)
  return { [learntVectors]: float32([vectors, text.width], values) }
}

/** Writes vectors as embeddings are shared: `emb_params` [vectors, width]. */
export function writeEmbedding(path: string, { [learntVectors]: learnt }: NamedTensors, recipe: string): void {
  if (!learnt) throw new TypeError('A textual inversion has vectors')
  writeSafetensors(path, weightsOf({ emb_params: learnt }), { metadata: { format: 'pt', recipe } })
}

/** Captions with vectors in place of their word, while these are still being learnt. */
export async function encoderWith(
  services: Services,
  model: TextEncoderModel,
  { word }: LearntWord,
  parameters: NamedTensors,
): Promise<CaptionEncoder> {
  const file = join(await services.workFolder('training/embeddings'), `${process.pid}.safetensors`)
  writeEmbedding(file, parameters, '{}')
  const encoding = { ...services, namesIn: () => Promise.resolve(['learnt']), pathOf: () => Promise.resolve(file) }
  const encode = createCaptionEncoder(encoding, model)
  return (captions) => encode(captions.map((caption) => caption.replaceAll(wordPattern(word), 'embedding:learnt')))
}
