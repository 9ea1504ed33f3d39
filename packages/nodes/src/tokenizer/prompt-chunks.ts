import type { ClipTokenizer } from './clip-tokenizer.ts'
import { comfyPieces, parseComfyPrompt } from './comfy-prompt.ts'
import { parsePromptWeights } from './prompt-weights.ts'

/** How the brackets of a prompt are read: as AUTOMATIC1111's program reads them, or as ComfyUI does. */
export const promptGrammars = ['automatic1111', 'comfyui'] as const
export type PromptGrammar = (typeof promptGrammars)[number]

/** What a place of a text encoder's input holds: a token, or one vector of an embedding that the user brought. */
export type PromptToken =
  | { readonly type: 'token'; readonly id: number }
  | { readonly type: 'embedding'; readonly name: string; readonly vector: number }

/** One run of the text encoder: `length` places and a weight for each. */
export interface PromptChunk {
  readonly tokens: readonly PromptToken[]
  readonly weights: readonly number[]
}

export interface TokenizedPrompt {
  /** At least one, also for an empty prompt. */
  readonly chunks: readonly PromptChunk[]
  /** Names written as `embedding:name` that `vectorsOf` does not know; they were left out. */
  readonly unknownEmbeddings: readonly string[]
}

export interface ChunkSettings {
  readonly tokenizer: ClipTokenizer
  /**
   * What fills a chunk after its end mark: the end mark itself (CLIP ViT-L, the default), or 0 (OpenCLIP's encoders).
   */
  readonly padId?: number
  /** Places of a chunk, marks included: 77. */
  readonly length?: number
  /** Default `automatic1111`. */
  readonly grammar?: PromptGrammar
  /** How many vectors the embedding of a name has; undefined when there is none of that name. */
  readonly vectorsOf?: (name: string) => number | undefined
}

/** What is at most so many tokens long moves to the next chunk rather than being torn. */
const longestWhole: Record<PromptGrammar, number> = { automatic1111: 8, comfyui: 7 }

type Word = readonly { readonly token: PromptToken; readonly weight: number }[]

/**
 * Turns a prompt with weights into chunks for a CLIP text encoder: start mark, up to 75 tokens, end mark, filling. Long
 * prompts take more chunks; `BREAK` begins another in AUTOMATIC1111's grammar. `embedding:name` stands for the vectors
 * of a textual inversion.
 */
export function tokenizePrompt(prompt: string, settings: ChunkSettings): TokenizedPrompt {
  const { tokenizer, padId = tokenizer.end, length = 77, grammar = 'automatic1111' } = settings
  const room = length - 2
  const unknownEmbeddings: string[] = []
  const filled: Word[] = []
  let current: Word[number][] = []
  const finish = (): void => {
    filled.push(current)
    current = []
  }
  const words = grammar === 'comfyui' ? comfyStretches : wordsOf
  for (const word of words(prompt, settings, unknownEmbeddings)) {
    if (word === 'BREAK') {
      finish()
      continue
    }
    if (current.length + word.length > room && word.length <= longestWhole[grammar]) finish()
    for (const place of word) {
      if (current.length === room) finish()
      current.push(place)
    }
  }
  if (current.length > 0 || filled.length === 0) finish()

  const mark = (id: number): PromptToken => ({ type: 'token', id })
  const chunks = filled.map((places) => {
    const filling = Array.from({ length: room - places.length }, () => mark(padId))
    const tokens = [mark(tokenizer.start), ...places.map(({ token }) => token), mark(tokenizer.end), ...filling]
    return { tokens, weights: [1, ...places.map(({ weight }) => weight), 1, ...filling.map(() => 1)] }
  })
  return { chunks, unknownEmbeddings }
}

/** ComfyUI keeps no words together, but stretches of one weight. */
function* comfyStretches(prompt: string, { tokenizer, vectorsOf }: ChunkSettings, unknown: string[]): Generator<Word> {
  for (const { text, weight } of parseComfyPrompt(prompt)) {
    for (const piece of comfyPieces(text, (name) => vectorsOf?.(name) !== undefined)) {
      if ('text' in piece) {
        yield tokenizer.encode(piece.text).map((id) => ({ token: { type: 'token', id }, weight }))
        continue
      }
      const name = piece.embedding
      const vectors = vectorsOf?.(name)
      if (vectors === undefined) unknown.push(name)
      else
        yield Array.from({ length: vectors }, (_, vector) => ({ token: { type: 'embedding', name, vector }, weight }))
    }
  }
}

function* wordsOf(
  prompt: string,
  { tokenizer, vectorsOf }: ChunkSettings,
  unknown: string[],
): Generator<Word | 'BREAK'> {
  for (const { text, weight } of parsePromptWeights(prompt)) {
    for (const piece of text.split(/\b(BREAK)\b|(?<![\p{L}\p{N}])(embedding:[^\s,:]+)/u)) {
      if (piece === undefined || piece === '') continue
      if (piece === 'BREAK') {
        yield 'BREAK'
      } else if (piece.startsWith('embedding:')) {
        const name = piece.slice('embedding:'.length)
        const vectors = vectorsOf?.(name)
        if (vectors === undefined) unknown.push(name)
        else
          yield Array.from({ length: vectors }, (_, vector) => ({ token: { type: 'embedding', name, vector }, weight }))
      } else {
        for (const ids of tokenizer.encodeWords(piece))
          yield ids.map((id) => ({ token: { type: 'token', id }, weight }))
      }
    }
  }
}
