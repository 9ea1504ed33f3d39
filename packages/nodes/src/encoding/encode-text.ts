import { float32, type Tensor } from '@patchbay/onnx'
import { universalSentenceEncoderSizes } from '../architectures/universal-sentence-encoder/universal-sentence-encoder.ts'
import { familyNamed } from '../families/model-family.ts'
import { encodeClipText, type ClipTextModel, type ClipToken } from '../networks/clip-encoding.ts'
import { encodeSentences } from '../networks/sentence-encoding.ts'
import type { Services } from '../host/services.ts'
import { tokenizePrompt, type PromptChunk, type PromptGrammar } from '../tokenizer/prompt-chunks.ts'
import { parsePromptSchedule } from '../tokenizer/prompt-schedule.ts'
import type { ClipTokenizer } from '../tokenizer/clip-tokenizer.ts'
import { weighEmbeddings } from '../tokenizer/weigh-embeddings.ts'
import { reshape } from '../tensor/index.ts'
import type { Conditioning, ConditioningPart } from '../values/conditioning.ts'
import type { TextEncoderModel } from '../values/text-encoder.ts'
import { findEmbeddings, type EmbeddingVectors } from './embeddings.ts'
import { encodeDecoderPrompt, encodeT5Prompt } from './encode-prompt.ts'
import { joinedText, type EncodedPart } from './join-text.ts'

/** What encoding a text needs of its host. */
export type TextEncoding = Pick<Services, 'sessions' | 'tokenizers' | 'pathOf' | 'namesIn'>

/** Two encoders of one prompt tell of the same embedding. */
function warningOnce({ warn, ...reading }: PromptReading): PromptReading {
  const told = new Set<string>()
  return warn ? { ...reading, warn: (message) => void (told.size < told.add(message).size && warn(message)) } : reading
}

/** What encoders behind the first read; empty is the prompt again. */
export interface OtherTexts {
  readonly second?: string
  readonly third?: string
}

/** How a prompt is read. */
export interface PromptReading {
  /** Default `automatic1111`. */
  readonly grammar?: PromptGrammar
  /** Told of embeddings that are left out; without it an embedding that is not there is an error. */
  readonly warn?: (message: string) => void
}

/**
 * Encodes a prompt as the model family wants it. A schedule in the prompt, `[a:b:0.5]`, gives a part for each of its
 * stretches, but in ComfyUI's grammar, where it is words; `steps` is how finely it is divided. `others` is what the
 * second and third encoder read (SDXL's OpenCLIP, the T5 of Flux.1 and SD 3); empty is the prompt again.
 */
export async function encodeText(
  encoding: TextEncoding,
  model: TextEncoderModel,
  prompt: string,
  steps: number,
  others: OtherTexts = {},
  reading: PromptReading = {},
): Promise<Conditioning> {
  reading = warningOnce(reading)
  const segments = reading.grammar === 'comfyui' ? [{ start: 0, end: 1, prompt }] : parsePromptSchedule(prompt, steps)
  const parts: ConditioningPart[] = []
  for (const { start, end, prompt: text } of segments) {
    const texts = [text, others.second || text, others.third || text]
    const part = await encodePart(encoding, model, texts, reading)
    parts.push(segments.length === 1 ? part : { ...part, duringSteps: [start, end] })
  }
  return parts
}

async function encodePart(
  encoding: TextEncoding,
  model: TextEncoderModel,
  texts: readonly string[],
  reading: PromptReading,
): Promise<ConditioningPart> {
  const [prompt = ''] = texts
  const [first] = model.encoders
  if (!first) throw new TypeError('There is no text encoder in this checkpoint: load one beside it')
  if (first.kind === 'sentence-encoder') {
    const names = namesOfEmbeddings(await encoding.tokenizers.clip(), prompt, reading)
    const search = { files: encoding, model, width: universalSentenceEncoderSizes.embedding, ...reading }
    const vectors = await findEmbeddings(names, search)
    return encodeSentences(encoding.sessions, first, encoding.tokenizers.sentence(), [prompt], vectors)
  }
  const clips = model.encoders.filter((encoder) => encoder.kind === 'clip')
  const encoded: EncodedPart[] = []
  for (const [index, encoder] of model.encoders.entries()) {
    const own = texts[index] ?? prompt
    const part = { key: `${model.key}|${index}`, updates: updatesOf(model, index) }
    if (encoder.kind === 'clip') {
      const skipped = model.layerFromEnd !== undefined && { layerFromEnd: model.layerFromEnd }
      const search = { files: encoding, model, width: encoder.config.hiddenSize, ...reading }
      const read = {
        own,
        beside: clips.length > 1 ? (texts[index === 0 ? 1 : 0] ?? '') : '',
        vectorsOf: (names: Iterable<string>) => findEmbeddings(names, search),
      }
      encoded.push({ kind: 'clip', ...(await encodeClip(encoding, { ...part, encoder, ...skipped }, read, reading)) })
    } else if (encoder.kind === 't5') {
      encoded.push({ kind: 't5', embeddings: await encodeT5Prompt(encoding, { ...part, encoder }, own) })
    } else if (encoder.kind === 'decoder-lm') {
      encoded.push({ kind: 'decoder-lm', embeddings: await encodeDecoderPrompt(encoding, { ...part, encoder }, own) })
    }
  }
  return joinedText(familyNamed(model.family), encoded)
}

const parts = ['textEncoder', 'textEncoder2', 'textEncoder3'] as const

/** The changes of LoRAs that are for one of the encoders. */
const updatesOf = ({ updates }: TextEncoderModel, index: number): TextEncoderModel['updates'] =>
  updates.filter(({ update }) => update.part === parts[index])

interface EncodedPrompt {
  /** [1, chunks · tokens, width] */
  readonly embeddings: Tensor
  /** Of the first chunk, where the encoder's counts. */
  readonly pooled?: Tensor
}

interface ClipPrompts {
  readonly own: string
  /** What another encoder reads: both give as many chunks. */
  readonly beside: string
  /** The embeddings of these names that there are. */
  vectorsOf(names: Iterable<string>): Promise<EmbeddingVectors>
}

async function encodeClip(
  encoding: TextEncoding,
  model: ClipTextModel,
  { own: prompt, beside, vectorsOf }: ClipPrompts,
  reading: PromptReading,
): Promise<EncodedPrompt> {
  const { encoder } = model
  const { hiddenSize, maxTokens: length } = encoder.config
  const tokenizer = await encoding.tokenizers.clip()
  const vectors = await vectorsOf([prompt, beside].flatMap((text) => namesOfEmbeddings(tokenizer, text, reading)))
  const settings = {
    tokenizer,
    ...(reading.grammar && { grammar: reading.grammar }),
    padId: encoder.padToken,
    length,
    vectorsOf: (name: string) => vectors.get(name)?.length,
  }
  const empty = tokenizePrompt('', settings).chunks
  const written = tokenizePrompt(prompt, settings).chunks
  const missing = tokenizePrompt(beside, settings).chunks.length - written.length
  const filling = Array.from({ length: Math.max(0, missing) }, () => empty).flat()
  const chunks = [...written, ...filling]
  const isWeighed = chunks.some(({ weights }) => weights.some((weight) => weight !== 1))
  const neutral = isWeighed ? empty : []
  const texts = [...chunks, ...neutral].map((chunk) => placesOf(chunk, vectors))
  const { embeddings, pooled } = await encodeClipText(encoding.sessions, model, texts)
  const size = length * hiddenSize
  const own = float32([chunks.length, length, hiddenSize], embeddings.data.slice(0, chunks.length * size))
  const without = float32([neutral.length, length, hiddenSize], embeddings.data.slice(chunks.length * size))
  const weighed = isWeighed
    ? weighEmbeddings(
        own,
        without,
        chunks.flatMap(({ weights }) => weights),
      )
    : own
  const projection = pooled?.shape[1] ?? 0
  return {
    embeddings: reshape(weighed, [1, chunks.length * length, hiddenSize]),
    ...(encoder.pooled && pooled && { pooled: float32([1, projection], pooled.data.slice(0, projection)) }),
  }
}

function placesOf({ tokens }: PromptChunk, vectors: EmbeddingVectors): ClipToken[] {
  return tokens.map((token) => {
    if (token.type === 'token') return token.id
    const vector = vectors.get(token.name)?.[token.vector]
    if (!vector) throw new Error(`The embedding ${token.name} has no vector ${token.vector}`)
    return vector
  })
}

/** The names that a prompt may mean by `embedding:`, as its grammar reads it. */
function namesOfEmbeddings(tokenizer: ClipTokenizer, prompt: string, { grammar }: PromptReading): readonly string[] {
  if (!prompt.includes('embedding:')) return []
  const asked = new Set<string>()
  const vectorsOf = (name: string) => void asked.add(name)
  tokenizePrompt(prompt, { tokenizer, vectorsOf, ...(grammar && { grammar }) })
  return [...asked]
}
