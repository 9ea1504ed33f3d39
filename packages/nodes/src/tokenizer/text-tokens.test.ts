import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { loadQwenTokenizer } from './qwen-tokenizer.ts'
import { loadT5Tokenizer } from './t5-tokenizer.ts'

interface Tokens {
  readonly text: string
  readonly t5: readonly number[]
  readonly qwen: readonly number[]
}

/** Recorded by tests/reference/newer_pipelines.py with transformers. */
const reference = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../../../../tests/reference/vectors/text-tokens.json'), 'utf8'),
) as readonly Tokens[]

test('the tokenizers of T5 and Qwen give the ids that transformers’ give', async () => {
  const [t5, qwen] = [await loadT5Tokenizer(), await loadQwenTokenizer()]
  for (const { text, t5: pieces, qwen: pairs } of reference) {
    expect([text, t5.encode(text)]).toEqual([text, pieces])
    expect([text, qwen.encode(text)]).toEqual([text, pairs])
  }
})
