import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Tensor, WeightSource } from '@patchbay/onnx'
import { parseClipTextConfig } from '../architectures/clip-text/config.ts'
import { clipVision, parseClipVisionConfig, type ClipVisionConfig } from '../architectures/clip-vision/clip-vision.ts'
import { trunkLevels, trunkScaleOf } from '../architectures/scorers/image-trunk.ts'
import { parseScoreTowerConfig, scoreTower } from '../architectures/scorers/score-tower.ts'
import type { Tokenizers } from '../host/services.ts'
import { CheckpointError } from '../weights/checkpoint-error.ts'
import { detectClipTextConfig } from '../architectures/clip-text/detect.ts'
import { clipWeights, openClipSource } from '../architectures/clip-text/weights.ts'
import { detectClipVisionConfig } from '../architectures/clip-vision/detect.ts'
import type { ClipTextEncoder, SentenceTextEncoder } from '../architectures/text-encoder-part.ts'
import { encodeClipText } from '../networks/clip-encoding.ts'
import { contentKeyOf, openComponent } from '../weights/component.ts'
import { encodeExportedTexts, openExportedTowers, type ExportedTowers } from './exported-towers.ts'
import { centred, type BuiltImageEncoder, type PictureVectors, type ImageEncoder } from '../networks/image-encoder.ts'
import { bundledSentenceEncoderWeights } from '../networks/sentence-encoder.ts'
import { encodeSentences } from '../networks/sentence-encoding.ts'
import type { Sessions } from '../networks/sessions.ts'
import { looksLike } from '../weights/looks-like.ts'
import { coloursOf, configBeside, nameOf, type TowerConfig } from './tower-config.ts'
import { openWeightFile } from '../weights/weight-file.ts'

/**
 * Two networks that put pictures and texts into one space, where what belongs together lies close. Nothing is loaded
 * yet.
 */
export interface ScoreTowers {
  readonly name: string
  /** Gives `embedding`, and `features` where they are more than that. */
  readonly image: ImageEncoder
  readonly text: ScoreTextTower
}
export type ScoreTextTower =
  { readonly key: string; readonly encoder: ClipTextEncoder | SentenceTextEncoder } | ExportedTowers['text']

/**
 * Opens the image tower of CLIP in a file of weights, under the names of transformers, OpenAI or OpenCLIP, or in a
 * folder as transformers writes it. It gives `embedding`, and `penultimate`: the
 * outputs of the layer before the last, [batch, places, width]. A text tower beside it is left alone.
 * @throws CheckpointError or ConfigError that says what the file looks like, where there is none
 */
export function openImageTower(path: string): BuiltImageEncoder {
  const isFolder = statSync(path).isDirectory()
  const source = isFolder ? openComponent(path).weights : openWeightFile(path)
  return clipTowersOf(source, configBeside(isFolder ? join(path, 'config.json') : path), path).image
}

/**
 * Opens the towers in a file of weights: Patchbay's own (`config.json` beside it says so), or CLIP as transformers,
 * OpenAI or OpenCLIP name it, also as exported to ONNX. An image tower alone goes with the sentence encoder of 512
 * values that ships.
 * @throws CheckpointError or ConfigError that says what the file looks like, where it is none of these
 */
export function openScoreTowers(path: string): ScoreTowers {
  if (path.endsWith('.onnx')) return openExportedTowers(path)
  const source = openWeightFile(path)
  const key = contentKeyOf(path)
  const config = configBeside(path)
  const name = nameOf(path)
  if (config.has('_class_name') && config.text('_class_name') === 'ScoreTower') {
    const tower = parseScoreTowerConfig(config.json, config.title)
    const image: BuiltImageEncoder = {
      key,
      name,
      weights: source,
      input: { size: tower.imageSize, fit: 'stretch', method: 'bilinear', ...centred },
      build: (scope, map) => ({ ...scoreTower(scope, tower, map) }),
      trunk: {
        scale: trunkScaleOf(tower.trunk),
        levels: (scope, map) => trunkLevels(scope, tower.trunk, map),
      },
    }
    return { name, image, text: sentenceTower(tower.projectionSize, name) }
  }
  const { image, weights, projectionSize } = clipTowersOf(source, config, path)
  return { name, image, text: textTowerOf(config, weights, key) ?? sentenceTower(projectionSize, name) }
}

function clipTowersOf(
  source: WeightSource,
  config: TowerConfig,
  path: string,
): { readonly image: BuiltImageEncoder; readonly weights: WeightSource; readonly projectionSize: number } {
  const weights = source.names.some((each) => each.startsWith('visual.')) ? openClipSource(source) : clipWeights(source)
  const vision = visionConfigOf(config, weights)
  if (!vision) {
    throw new CheckpointError(
      `${source.title} holds no image tower: it looks like ${looksLike(source, 'LoadCLIPVision')}; expected CLIP's, such as CLIPModel or CLIPVisionModelWithProjection of transformers`,
    )
  }
  const image: BuiltImageEncoder = {
    key: contentKeyOf(path),
    name: nameOf(path),
    weights,
    input: { size: vision.imageSize, fit: 'cover', method: 'bicubic', ...coloursOf(config) },
    build(scope, map) {
      const { embedding, hiddenStates } = clipVision(scope, vision, map)
      const penultimate = hiddenStates.at(-2)
      return { embedding, ...(penultimate && { penultimate }) }
    },
  }
  return { image, weights, projectionSize: vision.projectionSize }
}

/** The embeddings of texts, one a row, none of length 1 by promise. */
export async function embedTexts(
  { sessions, tokenizers }: { readonly sessions: Sessions; readonly tokenizers: Tokenizers },
  { text }: ScoreTowers,
  texts: readonly string[],
): Promise<PictureVectors> {
  const pooled = await pooledTexts(sessions, tokenizers, text, texts)
  return { count: texts.length, width: pooled.data.length / texts.length, values: pooled.data }
}

async function pooledTexts(
  sessions: Sessions,
  tokenizers: Tokenizers,
  text: ScoreTextTower,
  texts: readonly string[],
): Promise<Tensor> {
  const { encoder, key } = text
  switch (encoder.kind) {
    case 'sentence-encoder':
      return (await encodeSentences(sessions, encoder, tokenizers.sentence(), texts)).pooled
    case 'clip':
      return clipPooled(sessions, { encoder, key, updates: [] }, await tokenizers.clip(), texts)
    case 'exported':
      return encodeExportedTexts(sessions, { key, encoder }, await tokenizers.clip(), texts)
  }
}

async function clipPooled(
  sessions: Sessions,
  model: Parameters<typeof encodeClipText>[1],
  tokenizer: Awaited<ReturnType<Tokenizers['clip']>>,
  texts: readonly string[],
) {
  const { maxTokens } = model.encoder.config
  const ids = texts.map((text) => {
    const tokens = [tokenizer.start, ...tokenizer.encode(text).slice(0, maxTokens - 2), tokenizer.end]
    return [...tokens, ...Array.from({ length: maxTokens - tokens.length }, () => model.encoder.padToken)]
  })
  const { pooled } = await encodeClipText(sessions, model, ids)
  if (!pooled) throw new CheckpointError('The text tower has no projection: its texts are in no space with pictures')
  return pooled
}

function sentenceTower(projectionSize: number, name: string): ScoreTextTower {
  if (projectionSize !== 512) {
    throw new CheckpointError(
      `${name} has an image tower of ${projectionSize} values and no text tower; the one that ships gives 512`,
    )
  }
  const encoder = {
    kind: 'sentence-encoder',
    weights: bundledSentenceEncoderWeights(),
    maxTokens: 32,
    lowerCase: true,
  } as const
  return { key: 'sentence-encoder', encoder }
}

function textTowerOf(config: TowerConfig, weights: WeightSource, key: string): ScoreTextTower | undefined {
  const found = detectClipTextConfig(weights)
  if (!found) return undefined
  const json = config.part('text_config')
  const projectionSize = found.projectionSize
  const described =
    json === undefined ? found : { ...parseClipTextConfig(json, config.title), endToken: found.endToken }
  return {
    key,
    encoder: {
      kind: 'clip',
      weights,
      config: { ...described, ...(projectionSize !== undefined && { projectionSize }) },
      layerFromEnd: 1,
      finalNorm: true,
      pooled: true,
      // What follows the end token is hidden from it, so the filling does not matter.
      padToken: found.endToken,
    },
  }
}

function visionConfigOf(config: TowerConfig, weights: WeightSource): ClipVisionConfig | undefined {
  const found = detectClipVisionConfig(weights)
  const json = config.part('vision_config') ?? (config.has('patch_size') ? config.json : undefined)
  if (!found || json === undefined) return found
  return { ...parseClipVisionConfig(json, config.title), projectionSize: found.projectionSize }
}
