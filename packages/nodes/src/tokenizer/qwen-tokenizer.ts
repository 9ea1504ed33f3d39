import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { brotliDecompress } from 'node:zlib'
import { createBytePairEncoder } from './byte-pair.ts'
import type { TextTokenizer } from './text-tokenizer.ts'

/** Embeddings of published Qwen 2, 2.5 and 3: the tokens, and rows that nothing uses. */
export const qwenVocabularySizes: readonly number[] = [151936, 152064, 151669]

/** Control tokens in the order of their ids, which follow those of text. */
const controls = [
  '<|endoftext|>',
  '<|im_start|>',
  '<|im_end|>',
  '<|object_ref_start|>',
  '<|object_ref_end|>',
  '<|box_start|>',
  '<|box_end|>',
  '<|quad_start|>',
  '<|quad_end|>',
  '<|vision_start|>',
  '<|vision_end|>',
  '<|vision_pad|>',
  '<|image_pad|>',
  '<|video_pad|>',
  '<tool_call>',
  '</tool_call>',
  '<|fim_prefix|>',
  '<|fim_middle|>',
  '<|fim_suffix|>',
  '<|fim_pad|>',
  '<|repo_name|>',
  '<|file_sep|>',
  '<tool_response>',
  '</tool_response>',
  '<think>',
  '</think>',
]

const controlPattern = new RegExp(`(${controls.map((name) => name.replaceAll('|', '\\|')).join('|')})`)

/** Words, single digits, signs and spaces, as Qwen takes a text apart before its merges. */
const wordPattern =
  /'(?:[sS]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\p{White_Space}\p{L}\p{N}]+[\r\n]*|\p{White_Space}*[\r\n]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu

/** Qwen's tokenizer with the merges that ship: byte pairs within words (Yang et al. 2025, section 2). */
export async function loadQwenTokenizer(): Promise<TextTokenizer> {
  const bundled = new URL('../../assets/qwen-vocabulary/merges.txt.br', import.meta.url)
  const merges = await promisify(brotliDecompress)(await readFile(bundled))
  return createQwenTokenizer(merges.toString('utf8'))
}

export function createQwenTokenizer(merges: string): TextTokenizer {
  const pairs = createBytePairEncoder(merges, { marksWordEnds: false })
  const ids = new Map(controls.map((name, index) => [name, pairs.size + index]))
  return {
    pad: pairs.size,
    encode: (text) =>
      text.split(controlPattern).flatMap((part): readonly number[] => {
        const control = ids.get(part)
        if (control !== undefined) return [control]
        return Array.from(part.normalize('NFC').matchAll(wordPattern), ([word]) => pairs.encodeWord(word)).flat()
      }),
  }
}
