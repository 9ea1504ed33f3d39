import { float32, zeros, type Tensor, numberAt } from '@patchbay/onnx/tensor'
import { sum } from '../tensor/index.ts'
import type { Conditioning, ConditioningPart } from './conditioning.ts'

/** The same texts with nothing in them: every number 0. */
export function zeroed(conditioning: Conditioning): Conditioning {
  return conditioning.map((part) => ({
    ...part,
    embeddings: zeros('float32', part.embeddings.shape),
    ...(part.pooled && { pooled: zeros('float32', part.pooled.shape) }),
  }))
}

/** How long an average of two texts is: as the longer of them, or as the first. */
export const averageLengths = ['longer', 'first'] as const
export type AverageLength = (typeof averageLengths)[number]

/** Each part of `to` moved towards the first of `from`: 1 leaves it, 0 is the other. A text ends in zeros. */
export function averaged(
  to: Conditioning,
  from: Conditioning,
  strength: number,
  length: AverageLength = 'longer',
): Conditioning {
  const [other] = from
  if (!other) return to
  return to.map((part) => ({
    ...part,
    embeddings: averageTokens(part.embeddings, other.embeddings, strength, length),
    ...(!part.pooled && other.pooled && { pooled: other.pooled }),
    ...(part.pooled &&
      other.pooled && {
        pooled: sum([
          [strength, part.pooled],
          [1 - strength, other.pooled],
        ]),
      }),
  }))
}

/** Texts one behind the other: each part of `to` with the tokens of the first of `from` after its own. */
export function concatenated(to: Conditioning, from: Conditioning): Conditioning {
  const [other] = from
  if (!other) return to
  return to.map((part) => ({ ...part, embeddings: joinTokens(part.embeddings, other.embeddings) }))
}

function averageTokens(a: Tensor, b: Tensor, strength: number, counted: AverageLength): Tensor {
  expectSameWidth(a, b)
  const [batch = 1, tokens = 0, width = 0] = a.shape
  const length = counted === 'first' ? tokens : Math.max(tokens, numberAt(b.shape, 1))
  const at = (tensor: Tensor, k: number, i: number) => {
    const own = numberAt(tensor.shape, 1) * width
    return i < own ? numberAt(tensor.data, (k % (tensor.shape[0] ?? 1)) * own + i) : 0
  }
  const size = length * width
  const data = Float32Array.from({ length: batch * size }, (_, i) => {
    const [k, inside] = [Math.floor(i / size), i % size]
    return strength * at(a, k, inside) + (1 - strength) * at(b, k, inside)
  })
  return float32([batch, length, width], data)
}

function joinTokens(a: Tensor, b: Tensor): Tensor {
  expectSameWidth(a, b)
  const [batch = 1, tokens = 0, width = 0] = a.shape
  const more = numberAt(b.shape, 1)
  const data = new Float32Array(batch * (tokens + more) * width)
  for (let k = 0; k < batch; k++) {
    const start = k * (tokens + more) * width
    const other = (k % (b.shape[0] ?? 1)) * more * width
    data.set(a.data.subarray(k * tokens * width, (k + 1) * tokens * width), start)
    data.set(b.data.subarray(other, other + more * width), start + tokens * width)
  }
  return float32([batch, tokens + more, width], data)
}

function expectSameWidth(a: Tensor, b: Tensor): void {
  const [own, other] = [a.shape[2], b.shape[2]]
  if (own === other) return
  throw new RangeError(
    `These prompts were encoded for different models: one has ${own ?? 0} values a token, the other ${other ?? 0}`,
  )
}

/** What SDXL is told of the size of the picture, of where it was cropped, and of the size that is wanted. */
export interface SizeConditions {
  readonly width: number
  readonly height: number
  readonly cropLeft: number
  readonly cropTop: number
  readonly targetWidth: number
  readonly targetHeight: number
}

export function withSizes(conditioning: Conditioning, sizes: SizeConditions): Conditioning {
  const { width, height, cropLeft, cropTop, targetWidth, targetHeight } = sizes
  const numbers = [height, width, cropTop, cropLeft, targetHeight, targetWidth]
  return conditioning.map((part): ConditioningPart => ({ ...part, sizes: numbers }))
}
