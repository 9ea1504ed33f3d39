import { float32, type Tensor, numberAt } from '@patchbay/onnx/tensor'
import type { TextEncoderPart } from '../architectures/text-encoder-part.ts'
import type { Family } from '../families/family.ts'
import type { ConditioningPart } from '../values/conditioning.ts'

/** What one text encoder gave for a prompt. */
export interface EncodedPart {
  readonly kind: TextEncoderPart['kind']
  /** [1, tokens, width] */
  readonly embeddings: Tensor
  /** [1, n], where the encoder's counts. */
  readonly pooled?: Tensor
}

/** Tokens that stand for T5 where SD 3 goes without it, and their width: zeros, as diffusers has it. */
const absentT5 = { tokens: 256, width: 4096 }

/**
 * The outputs of a family's text encoders, joined as the family joins them.
 * @throws TypeError that names the files the family needs, where an encoder is missing
 */
export function joinedText(
  family: Pick<Family, 'textJoin' | 'title' | 'files'>,
  encoded: readonly EncodedPart[],
): ConditioningPart {
  const clips = encoded.filter(({ kind }) => kind === 'clip')
  const t5 = encoded.find(({ kind }) => kind === 't5')
  const pooled = encoded.flatMap((each) => each.pooled ?? [])
  const { textJoin = 'side-by-side' } = family
  switch (textJoin) {
    case 'side-by-side': {
      const [first] = pooled
      return { embeddings: joinedWidths(encoded.map(({ embeddings }) => embeddings)), ...(first && { pooled: first }) }
    }
    case 'clips-then-t5': {
      if (clips.length < 2) throw lacking(family, 'both CLIPs')
      const width = t5?.embeddings.shape[2] ?? absentT5.width
      const beside = widened(joinedWidths(clips.map(({ embeddings }) => embeddings)), width)
      const behind = t5?.embeddings ?? float32([1, absentT5.tokens, width], new Float32Array(absentT5.tokens * width))
      return { embeddings: joinedTokens(beside, behind), pooled: joinedWidths(pooled) }
    }
    case 't5-with-pooled-clip': {
      const [first] = pooled
      if (!t5 || !first) throw lacking(family, t5 ? 'a CLIP' : 'a T5')
      return { embeddings: t5.embeddings, pooled: first }
    }
    default:
      return textJoin satisfies never
  }
}

const lacking = ({ title, files }: Pick<Family, 'title' | 'files'>, what: string): TypeError =>
  new TypeError(
    `${title} reads its prompt with ${what} too, which is missing: load ${files ?? 'all its text encoders'} together`,
  )

/** The outputs of several encoders beside each other; one with fewer chunks repeats its last. */
function joinedWidths(all: readonly Tensor[]): Tensor {
  const [only] = all
  if (only && all.length === 1) return only
  const isPooled = only?.shape.length === 2
  const tokens = isPooled ? 1 : Math.max(...all.map(({ shape }) => numberAt(shape, 1)))
  const widthOf = ({ shape }: Tensor): number => shape.at(-1) ?? 0
  const width = all.reduce((sum, tensor) => sum + widthOf(tensor), 0)
  const data = new Float32Array(tokens * width)
  let offset = 0
  for (const tensor of all) {
    const columns = widthOf(tensor)
    const own = tensor.data.length / columns
    for (let token = 0; token < tokens; token++) {
      const from = (token % own) * columns
      data.set(tensor.data.subarray(from, from + columns), token * width + offset)
    }
    offset += columns
  }
  return float32(isPooled ? [1, width] : [1, tokens, width], data)
}

/** Each token filled up with zeros to a width. */
function widened({ shape, data }: Tensor, width: number): Tensor {
  const [, tokens = 0, own = 0] = shape
  const wide = new Float32Array(tokens * width)
  for (let token = 0; token < tokens; token++) wide.set(data.subarray(token * own, (token + 1) * own), token * width)
  return float32([1, tokens, width], wide)
}

/** The tokens of one behind those of the other. */
function joinedTokens(first: Tensor, second: Tensor): Tensor {
  const [, a = 0, width = 0] = first.shape
  const data = new Float32Array(first.data.length + second.data.length)
  data.set(first.data)
  data.set(second.data, first.data.length)
  return float32([1, a + numberAt(second.shape, 1), width], data)
}
