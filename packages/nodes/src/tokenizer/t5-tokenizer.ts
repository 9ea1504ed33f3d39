import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { brotliDecompress } from 'node:zlib'
import type { TextTokenizer } from './text-tokenizer.ts'
import { createUnigramTokenizer, type UnigramPiece } from './unigram.ts'

/** Fill, end and unknown: text turns into the last one only. */
const [pad, end, unknownId] = [0, 1, 2]

/** Embeddings of published T5s: 32,000 pieces, 100 places for what was left out, and what fills up. */
export const t5VocabularySizes: readonly number[] = [32128, 32100, 32000]

/** Characters that SentencePiece's rule `nmt_nfkc` leaves out, and those that are spaces to it. */
const dropped = /[\u0001-\u0008\u000b\u000e-\u001f\u007f\u008f\u009f]/g
const spaces = /[\u0009\u000a\u000c\u000d\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]/g

/** T5's tokenizer with the vocabulary that ships (Raffel et al. 2020, section 2.2). */
export async function loadT5Tokenizer(): Promise<TextTokenizer> {
  const bundled = new URL('../../assets/t5-vocabulary/pieces.json.br', import.meta.url)
  const json = await promisify(brotliDecompress)(await readFile(bundled))
  return createT5Tokenizer(JSON.parse(json.toString('utf8')) as readonly UnigramPiece[])
}

/** Marks in a text that are tokens of their own; the first id of those left out is the highest. */
const markPattern = /(<extra_id_\d{1,2}>|<\/s>|<pad>|<unk>)/
const marks: ReadonlyMap<string, number> = new Map([
  ['<pad>', pad],
  ['</s>', end],
  ['<unk>', unknownId],
  ...Array.from({ length: 100 }, (_, index) => [`<extra_id_${index}>`, 32_099 - index] as const),
])

export function createT5Tokenizer(pieces: readonly UnigramPiece[]): TextTokenizer {
  const unigram = createUnigramTokenizer(pieces, { reserved: 3, unknownId })
  const encode = (text: string): number[] => unigram.encode(text.replaceAll(dropped, '').replaceAll(spaces, ' '))
  return {
    pad,
    end,
    encode: (text) => text.split(markPattern).flatMap((part) => marks.get(part) ?? encode(part)),
  }
}
