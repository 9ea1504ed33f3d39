import { float32, type Tensor } from '@patchbay/onnx/tensor'
import type { DecoderTextEncoder, T5TextEncoder } from '../architectures/text-encoder-part.ts'
import type { Services } from '../host/services.ts'
import { encodeDecoder, type DecoderModel } from '../networks/decoder-encoding.ts'
import { encodeT5, type T5Model } from '../networks/t5-encoding.ts'
import { parsePromptWeights } from '../tokenizer/prompt-weights.ts'
import { qwenVocabularySizes } from '../tokenizer/qwen-tokenizer.ts'
import { t5VocabularySizes } from '../tokenizer/t5-tokenizer.ts'
import type { TextTokenizer } from '../tokenizer/text-tokenizer.ts'
import { weighEmbeddings } from '../tokenizer/weigh-embeddings.ts'
import { CheckpointError } from '../weights/checkpoint-error.ts'

type Encoding = Pick<Services, 'sessions' | 'tokenizers'>

/**
 * A prompt as T5 reads it, [1, tokens, width]: filled up to what its family wants, or longer. Weights such as
 * (word:1.2) move a word's states away from those of an empty prompt.
 */
export async function encodeT5Prompt(
  { sessions, tokenizers }: Encoding,
  model: T5Model,
  prompt: string,
): Promise<Tensor> {
  const tokenizer = await t5TokenizerOf(tokenizers, model.encoder)
  const stretches = parsePromptWeights(prompt)
  const isWeighed = stretches.some(({ weight }) => weight !== 1)
  const text = isWeighed ? '' : stretches.map((stretch) => stretch.text).join('')
  const written = isWeighed
    ? stretches.flatMap(({ text: own, weight }) => tokenizer.encode(own).map((id) => ({ id, weight })))
    : tokenizer.encode(text).map((id) => ({ id, weight: 1 }))
  const ended = tokenizer.end === undefined ? written : [...written, { id: tokenizer.end, weight: 1 }]
  const length = Math.max(model.encoder.tokens, ended.length)
  const filled = (ids: readonly number[]): readonly number[] => [
    ...ids,
    ...Array.from({ length: length - ids.length }, () => tokenizer.pad),
  ]
  const ids = filled(ended.map(({ id }) => id))
  if (!isWeighed) return encodeT5(sessions, model, [ids])
  const states = await encodeT5(sessions, model, [ids, filled(tokenizer.end === undefined ? [] : [tokenizer.end])])
  const [, , width = 0] = states.shape
  const half = length * width
  const own = float32([1, length, width], states.data.slice(0, half))
  const empty = float32([1, length, width], states.data.slice(half))
  return weighEmbeddings(own, empty, [
    ...ended.map(({ weight }) => weight),
    ...filled([])
      .slice(ended.length)
      .map(() => 1),
  ])
}

/**
 * A prompt as a decoder-only language model reads it, between the words of its template: [1, tokens, width]. Brackets
 * are part of the text: these models have no weights for words.
 */
export async function encodeDecoderPrompt(
  { sessions, tokenizers }: Encoding,
  model: DecoderModel,
  prompt: string,
): Promise<Tensor> {
  const tokenizer = await decoderTokenizerOf(tokenizers, model.encoder)
  const [before, after] = model.encoder.template
  const written = tokenizer.encode(before + prompt + after)
  const missing = Math.max(0, model.encoder.tokens - written.length)
  const tokens = [...written, ...Array.from({ length: missing }, () => tokenizer.pad)]
  return encodeDecoder(sessions, model, tokens, written.length)
}

type Tokenizers = Services['tokenizers']

async function t5TokenizerOf(
  tokenizers: Tokenizers,
  { tokenizer, config, weights }: T5TextEncoder,
): Promise<TextTokenizer> {
  if (tokenizer !== undefined) return tokenizers.file(tokenizer)
  if (t5VocabularySizes.includes(config.vocabularySize)) return tokenizers.t5()
  throw unknownVocabulary(weights.title, config.vocabularySize, 'T5', t5VocabularySizes)
}

async function decoderTokenizerOf(
  tokenizers: Tokenizers,
  { tokenizer, config, weights }: DecoderTextEncoder,
): Promise<TextTokenizer> {
  if (tokenizer !== undefined) return tokenizers.file(tokenizer)
  if (qwenVocabularySizes.includes(config.vocabularySize)) return tokenizers.qwen()
  throw unknownVocabulary(weights.title, config.vocabularySize, 'Qwen', qwenVocabularySizes)
}

function unknownVocabulary(title: string, size: number, kind: string, known: readonly number[]): CheckpointError {
  return new CheckpointError(
    `${title} has a vocabulary of ${size} tokens, which does not ship (that of ${kind} has ${known[0]}): put the model's tokenizer.json into a folder with it and its config.json, and choose the folder`,
  )
}
