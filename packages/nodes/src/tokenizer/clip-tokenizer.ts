import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { brotliDecompress } from 'node:zlib'
import { createBytePairEncoder } from './byte-pair.ts'

/**
 * CLIP's tokenizer (Radford et al. 2021, section 2.4): lower case, words and punctuation apart, byte pairs within them.
 */
export interface ClipTokenizer {
  /** The ids that open and close a sequence. */
  readonly start: number
  readonly end: number
  readonly size: number
  /** The ids of a text, without the marks at its ends. */
  encode(text: string): number[]
  /** The ids of each word of a text apart. */
  encodeWords(text: string): (readonly number[])[]
}

const startMark = '<|startoftext|>'
const endMark = '<|endoftext|>'
const marks = /(<\|startoftext\|>|<\|endoftext\|>)/
const wordPattern = /'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+/gu

/** A tokenizer from CLIP's list of merges, one pair a line, such as a model folder's `merges.txt`. */
export function createClipTokenizer(merges: string): ClipTokenizer {
  const pairs = createBytePairEncoder(merges.replace(/^#version.*\n/, ''))
  const [start, end] = [pairs.size, pairs.size + 1]
  const encodeWords = (text: string): (readonly number[])[] =>
    // Marks first: a sign before one would take its bracket.
    text.split(marks).flatMap((part): readonly (readonly number[])[] => {
      if (part === startMark) return [[start]]
      if (part === endMark) return [[end]]
      return Array.from(lowerCased(part).matchAll(wordPattern), ([word]) => pairs.encodeWord(word))
    })
  return { start, end, size: end + 1, encode: (text) => encodeWords(text).flat(), encodeWords }
}

/** Letter by letter, as CLIP's tokenizers do it: a sigma at the end of a word has no form of its own. */
const lowerCased = (text: string): string => text.normalize('NFC').replaceAll('Σ', 'σ').toLowerCase()

/**
 * The tokenizer with CLIP's own vocabulary of 49,408 tokens, which Stable Diffusion 1, 2 and XL share. Reads the
 * bundled merges.
 */
export async function loadClipTokenizer(): Promise<ClipTokenizer> {
  const bundled = new URL('../../assets/clip-vocabulary/merges.txt.br', import.meta.url)
  const merges = await promisify(brotliDecompress)(await readFile(bundled))
  return createClipTokenizer(merges.toString('utf8'))
}
