import { existsSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { renameWeights, type WeightSource } from '@patchbay/onnx'
import { llamaGenConfigOf } from '../architectures/llamagen/config.ts'
import type { TextEncoderPart } from '../architectures/text-encoder-part.ts'
import { universalSentenceEncoderSizes } from '../architectures/universal-sentence-encoder/universal-sentence-encoder.ts'
import { parseUvit2dConfig } from '../architectures/uvit-2d/config.ts'
import { unmaskSchedules } from '../decoding/unmask.ts'
import { clipEncoder } from '../families/text-encoder-recipe.ts'
import type { ImageTokenizer } from '../networks/tokens/image-tokenizer.ts'
import { bundledSentenceEncoderWeights } from '../networks/sentence-encoder.ts'
import type { TokenModel } from '../networks/tokens/token-model.ts'
import type { TextEncoderModel } from '../values/text-encoder.ts'
import { CheckpointError } from '../weights/checkpoint-error.ts'
import { contentKeyOf, openComponent, titleOfPath, weightsIn } from '../weights/component.ts'
import { ConfigError, configFields } from '../weights/config-fields.ts'
import { looksLike } from '../weights/looks-like.ts'
import { openImageTokenizer } from './open-image-tokenizer.ts'
import { readJson } from './pipeline-file.ts'
import { textEncoderSource } from './text-encoder-folder.ts'

/** A token model with what came with it. */
export interface OpenTokenModel {
  readonly model: TokenModel
  /** None where the model reads one that has files of its own. */
  readonly textEncoder?: TextEncoderModel
  readonly imageTokenizer?: ImageTokenizer
  /** The name of one in `image_tokenizers`, where none lies in the folder. */
  readonly imageTokenizerName?: string
}

/**
 * Opens a model that gives codes of pictures: LlamaGen's text-to-image transformer (a file, or a folder with a
 * `config.json`), or a folder of aMUSEd.
 * @throws CheckpointError or ConfigError that says what the file looks like, where it is none of these
 */
export function openTokenModel(path: string): OpenTokenModel {
  const isFolder = statSync(path).isDirectory()
  if (isFolder && existsSync(join(path, 'transformer/config.json'))) return openAmused(path)
  const { weights: stored, config } = openComponent(path)
  const title = titleOfPath(path)
  const weights = insideOf(stored)
  if (weights.get('cls_embedding.embedding_table.weight')) {
    throw new CheckpointError(
      `${title} is a LlamaGen that draws classes, not texts: choose a text-to-image one, whose weights have "cls_embedding.cap_proj".`,
    )
  }
  if (!weights.get('cls_embedding.uncond_embedding') || !weights.get('layers.0.attention.wqkv.weight')) {
    throw new CheckpointError(
      `${title} is no token model that is known (LlamaGen, aMUSEd): it looks like ${looksLike(weights, 'LoadTokenModel')}.`,
    )
  }
  const key = contentKeyOf(path)
  const network = llamaGenConfigOf(weights, `${title}/config.json`, config)
  const fields = configFields(`${title}/config.json`, config ?? {})
  const textEncoder = sentenceEncoderFor(network.textWidth, key)
  const beside = join(isFolder ? path : dirname(path), 'vqvae')
  return {
    model: { kind: 'one-by-one', key, title, weights, config: network },
    ...(textEncoder && { textEncoder }),
    ...(existsSync(beside) && { imageTokenizer: openImageTokenizer(beside) }),
    ...(fields.has('image_tokenizer') && { imageTokenizerName: fields.text('image_tokenizer') }),
  }
}

/** Published files keep the weights under `model`. */
function insideOf(source: WeightSource): WeightSource {
  const prefix = ['model.', 'module.'].find((each) =>
    source.names.some((name) => name.startsWith(`${each}tok_embeddings`)),
  )
  if (prefix === undefined) return source
  return renameWeights(source, (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : undefined))
}

function openAmused(folder: string): OpenTokenModel {
  const title = basename(folder)
  const json = readJson(join(folder, 'transformer/config.json'), title)
  const kind = configFields(`${title}/transformer/config.json`, json).text('_class_name', 'UVit2DModel')
  if (kind !== 'UVit2DModel') {
    throw new CheckpointError(
      `${title} is no folder of aMUSEd: its transformer is a ${kind} (use LoadCheckpoint), expected UVit2DModel.`,
    )
  }
  const config = parseUvit2dConfig(json, `${title}/transformer/config.json`)
  const scheduler = configFields(
    `${title}/scheduler/scheduler_config.json`,
    readJson(join(folder, 'scheduler/scheduler_config.json'), title),
  )
  const named = scheduler.text('masking_schedule', 'cosine')
  const schedule = unmaskSchedules.find((each) => each === named)
  if (!schedule)
    throw new ConfigError(`${title}: the masking schedule "${named}" is not known; expected cosine or linear`)
  const transformer = join(folder, 'transformer')
  const weights = weightsIn(transformer, ['diffusion_pytorch_model'], `${title}/transformer`)
  const key = contentKeyOf(transformer)
  const textEncoder = existsSync(join(folder, 'text_encoder/config.json'))
    ? encoderOf(folder, key)
    : sentenceEncoderFor(config.textWidth, key)
  const beside = join(folder, 'patchbay.json')
  const named2 = existsSync(beside) ? configFields(`${title}/patchbay.json`, readJson(beside, title)) : undefined
  return {
    model: {
      kind: 'masked',
      key,
      title,
      weights,
      config,
      maskToken: scheduler.number('mask_token_id', config.vocabulary - 1),
      schedule,
      textPlaces: textEncoder?.encoders[0]?.kind === 'clip' ? 77 : sentencePlaces,
      saysNothing: textEncoder?.encoders[0]?.kind === 'clip' ? 'empty-text' : 'zeros',
    },
    ...(textEncoder && { textEncoder }),
    ...(existsSync(join(folder, 'vqvae')) && { imageTokenizer: openImageTokenizer(join(folder, 'vqvae')) }),
    ...(named2?.has('image_tokenizer') && { imageTokenizerName: named2.text('image_tokenizer') }),
  }
}

/** Places of a text for the models that were trained here on the sentence encoder. */
const sentencePlaces = 16
/** Words that are encoded; a model cuts what it has no places for, and says so. */
const encodedTokens = 64

/** The bundled sentence encoder, for models that read vectors as wide as its. */
function sentenceEncoderFor(width: number, key: string): TextEncoderModel | undefined {
  if (width !== universalSentenceEncoderSizes.width) return undefined
  const weights = bundledSentenceEncoderWeights()
  const encoder = { kind: 'sentence-encoder', weights, maxTokens: encodedTokens, lowerCase: true } as const
  return { family: 'mini', key: `${key}|text`, encoders: [encoder], updates: [] }
}

/** aMUSEd reads the last but one state of CLIP, and its projection. */
function encoderOf(folder: string, key: string): TextEncoderModel {
  const source = textEncoderSource(folder, 'text_encoder')
  if (source.kind === 'sentence-encoder') return { family: 'mini', key: `${key}|text`, encoders: [source], updates: [] }
  if (source.kind !== 'clip') {
    throw new CheckpointError(`${basename(folder)}/text_encoder is no CLIP: aMUSEd reads its prompt with one.`)
  }
  const { weights } = source
  const recipe = {
    kind: 'clip',
    width: source.config.hiddenSize,
    state: 'penultimate',
    finalNorm: false,
    pooled: true,
  } as const
  const encoder: TextEncoderPart = { ...clipEncoder(source, recipe), weights }
  return { family: 'unknown', key: `${key}|text`, encoders: [encoder], updates: [] }
}
