import { numberAt } from '@patchbay/onnx/tensor'
import { join } from 'node:path'
import { bindWeights, float32, mergeWeights, writeSafetensors, type BindParameter } from '@patchbay/onnx'
import { bindWithLoras } from '../../weights/lora/lora-binding.ts'
import { weightsOf } from '../../opening/write-checkpoint.ts'
import type { DiffusionModel } from '../../values/diffusion-model.ts'
import { type CaptionEncoder, createCaptionEncoder } from '../../encoding/encode-captions.ts'
import type { TextEncoderModel } from '../../values/text-encoder.ts'
import type { Services } from '../../host/services.ts'
import { isLearnt, wordPattern, type LearntPart, type LearntText, type LearntWord } from './learnt-text.ts'
import type { NamedTensors } from '../loop/training-state.ts'

/** Trains the vectors alone; denoiser and text encoder are bound to their own weights. */
export function vectorsOnly(
  { denoising: { part, updates } }: DiffusionModel,
  { weights }: LearntText,
): { readonly trainable: (name: string) => boolean; readonly bind: BindParameter } {
  const bind = bindWithLoras(bindWeights(mergeWeights([part.weights, weights])), updates)
  return { trainable: isLearnt, bind }
}

/** The vectors to begin with: those of a word that comes near, again and again where it has fewer tokens. */
export function firstVectors({ parts }: LearntText, { vectors }: LearntWord, near: string): NamedTensors {
  return Object.fromEntries(
    parts.map(({ parameter, width, embeddingsOf }) => {
      const known = embeddingsOf(near)
      if (known.length === 0)
        throw new Error('The word to begin with is empty: write one that comes near, such as "robot".')
      const values = Float32Array.from({ length: vectors * width }, (_, i) => numberAt(known, i % known.length))
      return [parameter, float32([vectors, width], values)]
    }),
  )
}

/** Writes vectors as embeddings are shared: `emb_params` [vectors, width], or `clip_l` and `clip_g` for SDXL. */
export function writeEmbedding(
  path: string,
  parts: readonly LearntPart[],
  parameters: NamedTensors,
  recipe: string,
): void {
  const learnt = parts.map(({ parameter, shared }) => {
    const vectors = parameters[parameter]
    if (!vectors) throw new TypeError(`A textual inversion has ${parameter}`)
    return [shared, vectors] as const
  })
  writeSafetensors(path, weightsOf(Object.fromEntries(learnt)), { metadata: { format: 'pt', recipe } })
}

/** Captions with vectors in place of their word, while these are still being learnt. */
export async function encoderWith(
  services: Services,
  model: TextEncoderModel,
  { word }: LearntWord,
  parts: readonly LearntPart[],
  parameters: NamedTensors,
): Promise<CaptionEncoder> {
  const file = join(await services.workFolder('training/embeddings'), `${process.pid}.safetensors`)
  writeEmbedding(file, parts, parameters, '{}')
  const encoding = { ...services, namesIn: () => Promise.resolve(['learnt']), pathOf: () => Promise.resolve(file) }
  const encode = createCaptionEncoder(encoding, model)
  return (captions) => encode(captions.map((caption) => caption.replaceAll(wordPattern(word), 'embedding:learnt')))
}
