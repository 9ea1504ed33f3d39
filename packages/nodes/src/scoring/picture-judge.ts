import { statSync } from 'node:fs'
import { featureMap, float32, Graph, ops, requireFloat32, Scope, type WeightSource } from '@patchbay/onnx'
import {
  discriminator,
  parseDiscriminatorConfig,
  type DiscriminatorConfig,
} from '../architectures/scorers/discriminator.ts'
import { picturesOf, sizeOfImage, type ImageTensor, type MaskTensor } from '../image/image.ts'
import { resizeImage } from '../image/resample.ts'
import type { Tokenizers } from '../host/services.ts'
import { reshape } from '../tensor/index.ts'
import { CheckpointError } from '../weights/checkpoint-error.ts'
import type { SentenceTextEncoder } from '../architectures/text-encoder-part.ts'
import { centred, joined, pixelsFor } from '../networks/image-encoder.ts'
import { configBeside, nameOf } from './tower-config.ts'
import { bundledSentenceEncoderWeights } from '../networks/sentence-encoder.ts'
import { encodeSentences } from '../networks/sentence-encoding.ts'
import type { Sessions } from '../networks/sessions.ts'
import { looksLike } from '../weights/looks-like.ts'
import { openWeightFile } from '../weights/weight-file.ts'

/** A discriminator as chosen in a graph: nothing is loaded until it is run. */
export interface PictureJudge {
  readonly key: string
  readonly name: string
  readonly config: DiscriminatorConfig
  readonly weights: WeightSource
  readonly text: SentenceTextEncoder
}

/**
 * Opens a discriminator: a file of weights with its `config.json` beside it.
 * @throws CheckpointError or ConfigError that says what the file looks like, where it is none
 */
export function openPictureJudge(path: string): PictureJudge {
  const weights = openWeightFile(path)
  const config = configBeside(path)
  if (!weights.get('realism.out.weight') || !config.has('realism_group')) {
    throw new CheckpointError(
      `${weights.title} is no discriminator: it looks like ${looksLike(weights)}; expected one that TrainDiscriminator saved, with its config.json beside it`,
    )
  }
  const { size, mtimeMs } = statSync(path)
  return {
    key: `${path}|${size}|${mtimeMs}|judge`,
    name: nameOf(path),
    config: parseDiscriminatorConfig(config.json, config.title),
    weights,
    text: { kind: 'sentence-encoder', weights: bundledSentenceEncoderWeights(), maxTokens: 32, lowerCase: true },
  }
}

/** What a discriminator finds, each number from 0 to 1; one half is undecided. */
export interface PictureVerdict {
  /** How sure it is that each picture is real. */
  readonly realism: readonly number[]
  /** How sure it is that each picture shows what its text says. */
  readonly match: readonly number[]
  /** The same for patches, as masks of the pictures' size, each patch in one shade. */
  readonly realismPatches: MaskTensor
  readonly matchPatches: MaskTensor
}

/** Judges each picture of a batch with one text for all of them. */
export async function judgePictures(
  { sessions, tokenizers }: { readonly sessions: Sessions; readonly tokenizers: Tokenizers },
  judge: PictureJudge,
  image: ImageTensor,
  text: string,
  signal?: AbortSignal,
): Promise<PictureVerdict> {
  const { batch, height, width } = sizeOfImage(image)
  const { pooled } = await encodeSentences(sessions, judge.text, tokenizers.sentence(), [text])
  const input = { size: judge.config.imageSize, fit: 'stretch', method: 'bilinear', ...centred } as const
  const found = new Map<string, Float32Array[]>()
  await sessions.with(
    { key: judge.key, build: () => ({ graph: judgeGraph(judge), weights: judge.weights }) },
    async (session) => {
      for (const picture of picturesOf([image])) {
        signal?.throwIfAborted()
        const pixels = float32([1, 3, input.size, input.size], pixelsFor(input, picture))
        const feeds = { image: pixels, text: reshape(pooled, [1, judge.config.textSize]) }
        for (const [name, value] of Object.entries(await session.run(feeds))) {
          found.set(name, [...(found.get(name) ?? []), requireFloat32(value, 'The discriminator').data])
        }
      }
    },
  )
  const numbers = (name: string): number[] => (found.get(name) ?? []).flatMap((values) => [...values])
  const patches = (name: string): MaskTensor => {
    const values = joined(found.get(name) ?? [])
    const side = Math.round(Math.sqrt(values.length / batch))
    return resizeImage(float32([batch, side, side], values), { height, width }, 'nearest')
  }
  return {
    realism: numbers('realism'),
    match: numbers('match'),
    realismPatches: patches('patchRealism'),
    matchPatches: patches('patchMatch'),
  }
}

function judgeGraph({ config }: PictureJudge): Graph {
  const graph = new Graph()
  const image = featureMap(graph.input('image', 'float32', [1, 3, config.imageSize, config.imageSize]))
  const text = graph.input('text', 'float32', [1, config.textSize])
  const judgement = discriminator(new Scope(graph), config, { image, text })
  for (const [name, logits] of Object.entries(judgement)) graph.output(name, ops.sigmoid(logits))
  return graph
}
