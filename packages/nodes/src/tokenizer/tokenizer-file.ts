import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'
import type { WordTokenizer } from './text-tokenizer.ts'

/** Names that tokens which fill a text up have, most specific first. */
const padNames = ['<pad>', '<|endoftext|>', '<|finetune_right_pad_id|>', '<unk>']

/**
 * The tokenizer of a `tokenizer.json`, as transformers writes it, or of BERT's `vocab.txt`, a piece a line. Only its
 * text part is taken: what its template adds at the ends is up to the model.
 * @throws SyntaxError where the file is no such JSON
 */
export function openTokenizerFile(path: string): WordTokenizer {
  const title = `${basename(dirname(path))}/${basename(path)}`
  let tokenizer: Tokenizer
  try {
    const text = readFileSync(path, 'utf8')
    tokenizer = new Tokenizer(path.endsWith('.txt') ? bertTokenizer(text) : (JSON.parse(text) as object), {})
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
    decode: (ids) => (ids.length === 0 ? '' : tokenizer.decode([...ids], { skip_special_tokens: true }).trim()),
  }
}

/** What a `tokenizer.json` says of BERT's tokenizer without cases (Devlin et al. 2019), around its list of pieces. */
function bertTokenizer(list: string): object {
  const pieces = list.split(/\r?\n/).filter((piece) => piece !== '')
  const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]']
  return {
    version: '1.0',
    added_tokens: special.flatMap((content) => {
      const id = pieces.indexOf(content)
      const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false }
      return id < 0 ? [] : [{ id, content, ...plain, special: true }]
    }),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: null,
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
    },
  }
}
