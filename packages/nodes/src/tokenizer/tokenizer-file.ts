import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'
import type { TextTokenizer } from './text-tokenizer.ts'

/** Names that tokens which fill a text up have, most specific first. */
const padNames = ['<pad>', '<|endoftext|>', '<|finetune_right_pad_id|>', '<unk>']

/**
 * The tokenizer of a `tokenizer.json`, as transformers writes it. Only its text part is taken: what its template adds
 * at the ends is up to the model.
 * @throws SyntaxError where the file is no such JSON
 */
export function openTokenizerFile(path: string): TextTokenizer {
  const title = `${basename(dirname(path))}/${basename(path)}`
  let tokenizer: Tokenizer
  try {
    tokenizer = new Tokenizer(JSON.parse(readFileSync(path, 'utf8')) as object, {})
  } catch (cause) {
    throw new SyntaxError(`${title} is no tokenizer: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
  }
  const pad = padNames.map((name) => tokenizer.token_to_id(name)).find((id) => id !== undefined) ?? 0
  const end = tokenizer.token_to_id('</s>')
  return {
    pad,
    ...(end !== undefined && { end }),
    encode: (text) => [...tokenizer.encode(text, { add_special_tokens: false }).ids],
  }
}
