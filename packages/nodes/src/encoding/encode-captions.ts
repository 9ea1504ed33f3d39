import { float32, type Tensor, numberAt } from '@patchbay/onnx/tensor'
import { encodeSentences } from '../networks/sentence-encoding.ts'
import { encodeText, type TextEncoding } from './encode-text.ts'
import type { TextEncoderModel } from '../values/text-encoder.ts'

export interface EncodedCaptions {
  /** [captions, tokens, width] */
  readonly embeddings: Tensor
  /** [captions, n], where the model takes one. */
  readonly pooled?: Tensor
}

/** Captions as their words are, of equal length. An empty one is what a prompt is guided away from. */
export type CaptionEncoder = (captions: readonly string[]) => Promise<EncodedCaptions>

type Encoded = { readonly embeddings: Float32Array; readonly pooled?: Float32Array }

/** Texts kept, so that captions that come again are not encoded again. */
const mostKept = 4096

/**
 * Encodes captions for training: brackets and colons in them are no prompt syntax, and what is too long for one chunk
 * is cut.
 */
export function createCaptionEncoder(encoding: TextEncoding, model: TextEncoderModel): CaptionEncoder {
  const known = new Map<string, Encoded>()
  let tokens = 0
  return async (captions) => {
    const distinct = [...new Set(captions)]
    if (known.size + distinct.length > mostKept) known.clear()
    for (const caption of distinct) {
      if (known.has(caption)) continue
      const encoded = await encodeCaption(encoding, model, caption)
      known.set(caption, encoded.values)
      tokens = encoded.tokens
    }
    const all = captions.flatMap((caption) => known.get(caption) ?? [])
    const join = (part: (encoded: Encoded) => Float32Array, shape: readonly number[]): Tensor => {
      const parts = all.map(part)
      const width = parts[0]?.length ?? 0
      const data = new Float32Array(width * parts.length)
      for (const [i, values] of parts.entries()) data.set(values, i * width)
      return float32([parts.length, ...shape, width / shape.reduce((product, size) => product * size, 1)], data)
    }
    return {
      embeddings: join(({ embeddings }) => embeddings, [tokens]),
      ...(all[0]?.pooled && { pooled: join(({ pooled = new Float32Array() }) => pooled, []) }),
    }
  }
}

/**
 * One by one: rows of a batch differ in their last bits with what stands beside them, so that a training that goes on
 * would differ too.
 */
async function encodeCaption(
  encoding: TextEncoding,
  model: TextEncoderModel,
  caption: string,
): Promise<{ readonly tokens: number; readonly values: Encoded }> {
  const [first] = model.encoders
  if (first?.kind === 'sentence-encoder') {
    const tokenizer = encoding.tokenizers.sentence()
    const { embeddings, pooled } = await encodeSentences(encoding.sessions, first, tokenizer, [caption])
    return { tokens: numberAt(embeddings.shape, 1), values: { embeddings: embeddings.data, pooled: pooled.data } }
  }
  const [part] = await encodeText(encoding, model, caption.replaceAll(/[()[\]\\]/g, '\\$&'), 1)
  if (!part) throw new TypeError('An encoded text has a part')
  const tokens = Math.min(
    numberAt(part.embeddings.shape, 1),
    first?.kind === 'clip' ? first.config.maxTokens : Infinity,
  )
  const width = numberAt(part.embeddings.shape, 2)
  const { pooled } = part
  return {
    tokens,
    values: { embeddings: part.embeddings.data.slice(0, tokens * width), ...(pooled && { pooled: pooled.data }) },
  }
}
