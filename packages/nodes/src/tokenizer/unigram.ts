/** A piece and the logarithm of its probability; the place in the list is its token id. */
export type UnigramPiece = readonly [piece: string, score: number]

export interface UnigramOptions {
  /** Ids below this are control symbols that text never turns into. */
  readonly reserved: number
  /** The id of what no piece covers. */
  readonly unknownId?: number
}

export interface UnigramTokenizer {
  readonly vocabularySize: number
  /** Token ids of a text; an empty or blank text has none. */
  encode(text: string): number[]
  /** The text that tokens stand for; control symbols stand for nothing. */
  decode(ids: readonly number[]): string
}

/** SentencePiece's mark of a word's beginning. */
const wordMark = '▁'

/** SentencePiece scores an unknown character this far below its least probable piece. */
const unknownPenalty = 10

/**
 * The most probable split of a text into pieces of a unigram language model, by Viterbi's algorithm over all
 * positions (Kudo 2018, "Subword Regularization", section 3.2). The text is put in Unicode's form NFKC, runs of white
 * space become one word mark, and neighbouring unknown characters become one unknown token.
 */
export function createUnigramTokenizer(
  vocabulary: readonly UnigramPiece[],
  { reserved, unknownId = 0 }: UnigramOptions,
): UnigramTokenizer {
  const ids = new Map(vocabulary.flatMap(([piece], id) => (id < reserved ? [] : [[piece, id] as const])))
  const scores = Float64Array.from(vocabulary, ([, score]) => score)
  const longest = Math.max(1, ...[...ids.keys()].map((piece) => [...piece].length))
  const unknownScore = scores.subarray(reserved).reduce((least, score) => Math.min(least, score), 0) - unknownPenalty

  function bestSplit(characters: readonly string[]): number[] {
    const count = characters.length
    const best = new Float64Array(count + 1).fill(-Infinity)
    const from = new Int32Array(count + 1)
    const token = new Int32Array(count + 1)
    best[0] = 0
    const reach = (begin: number, end: number, id: number, score: number): void => {
      const total = (best[begin] ?? -Infinity) + score
      if (total <= (best[end] ?? -Infinity)) return
      best[end] = total
      from[end] = begin
      token[end] = id
    }
    for (let begin = 0; begin < count; begin++) {
      reach(begin, begin + 1, unknownId, unknownScore)
      let piece = ''
      for (let end = begin + 1; end <= Math.min(count, begin + longest); end++) {
        piece += characters[end - 1] ?? ''
        const id = ids.get(piece)
        if (id !== undefined) reach(begin, end, id, scores[id] ?? unknownScore)
      }
    }
    const tokens: number[] = []
    for (let end = count; end > 0; end = numberAt(from, end)) {
      const id = token[end] ?? unknownId
      if (id !== unknownId || tokens.at(-1) !== unknownId) tokens.push(id)
    }
    return tokens.reverse()
  }

  return {
    vocabularySize: vocabulary.length,
    encode: (text) => {
      const words = text.normalize('NFKC').trim().split(/\s+/).filter(Boolean)
      return words.length === 0 ? [] : bestSplit([...words.map((word) => wordMark + word).join('')])
    },
    decode: (tokens) =>
      tokens
        .map((id) => (id < reserved ? '' : (vocabulary[id]?.[0] ?? '')))
        .join('')
        .replaceAll(wordMark, ' ')
        .trim(),
  }
}
import { numberAt } from '@patchbay/onnx/tensor'
