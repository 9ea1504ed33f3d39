/** Trains a LoRA on ten pictures of one avatar and measures, by the bundled score towers, what it does to that avatar and to other prompts. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadPictureFolder } from '../src/definitions/data/load-picture-folder.ts'
import { loadCheckpoint } from '../src/definitions/loaders/load-checkpoint.ts'
import { trainLora } from '../src/definitions/training/train-lora.ts'
import { concatBatch } from '../src/tensor/index.ts'
import { createLocalServices } from '../src/host/local-services.ts'
import { picturesOf } from '../src/image/image.ts'
import { encodePictures } from '../src/networks/image-encoder.ts'
import { embedTexts, openScoreTowers } from '../src/scoring/score-towers.ts'
import type { DiffusionModel } from '../src/values/diffusion-model.ts'
import { runNode } from '../src/testing/run-node.ts'
import { imagesOf, type Dataset } from '../src/dataset/dataset.ts'
import { createCaptionEncoder } from '../src/encoding/encode-captions.ts'
import { sampleModel } from '../src/training/sample-model.ts'
import type { AutoencoderModel } from '../src/networks/image-autoencoder.ts'
import type { TextEncoderModel } from '../src/values/text-encoder.ts'

const asJson = process.argv.includes('--json')
const others = [
  'a red apple',
  'a dog',
  'a house',
  'a tree',
  'a car',
  'a sunflower',
  'a pizza',
  'a fish',
  'an owl',
  'a book',
]
const avatar = ['patchy the robot', 'patchy the robot, waving', 'patchy the robot, sad', 'patchy the robot, dancing']

const place = mkdtempSync(join(tmpdir(), 'patchbay-lora-'))
try {
  const services = createLocalServices({ output: place, folders: { loras: [join(place, 'loras')] } })
  const { dataset } = (await runNode(loadPictureFolder, {}, { services })).outputs as { dataset: Dataset }
  const parts = (await runNode(loadCheckpoint, {}, { services })).outputs as {
    model: DiffusionModel
    textEncoder: TextEncoderModel
    vae: AutoencoderModel
  }
  const began = performance.now()
  const trained = await runNode(
    trainLora,
    // The node's own settings, and fewer steps. None of the other prompts is among those of its prior.
    { dataset: { ...dataset, augmentation: { shift: 1 } }, ...parts, name: 'avatar', steps: 150, sampleEvery: 0 },
    { services },
  )
  const seconds = (performance.now() - began) / 1000
  const towers = openScoreTowers(await services.pathOf('score_models', 'patchbay-towers/model.safetensors'))
  const encodeCaptions = createCaptionEncoder(services, parts.textEncoder)
  const signal = new AbortController().signal

  /** Unit vectors of pictures, one a row. */
  const seen = async (images: Parameters<typeof picturesOf>[0][number]) => {
    const { values, width, count } = await encodePictures(
      services.sessions,
      towers.image,
      'embedding',
      picturesOf([images]),
    )
    return Array.from({ length: count }, (_, k) => unit(values.subarray(k * width, (k + 1) * width)))
  }
  const paint = async (model: DiffusionModel, prompts: readonly string[]) => {
    const request = { vae: parts.vae, encodeCaptions, prompts, side: 8, signal, steps: 20 }
    return concatBatch([
      await sampleModel(services, model, request),
      await sampleModel(services, model, { ...request, seed: 100 }),
    ])
  }
  const real = await seen(imagesOf(dataset, 0, 10))
  const { values, width } = await embedTexts(services, towers, others)
  const texts = others.map((_, k) => unit(values.subarray(k * width, (k + 1) * width)))
  const measure = async (model: DiffusionModel) => {
    const robots = await seen(await paint(model, avatar))
    const rest = await seen(await paint(model, others))
    return {
      avatar: mean(robots.flatMap((robot) => real.map((one) => dot(robot, one)))),
      others: 100 * mean(rest.map((picture, k) => Math.max(0, dot(picture, texts[k % texts.length] ?? [])))),
    }
  }
  const before = await measure(parts.model)
  const after = await measure(trained.outputs['model'] as DiffusionModel)
  const [least, lowest] = [before.avatar + 0.1, before.others - 1]
  report({ metric: 'avatar_similarity_before', value: before.avatar, unit: 'cosine' })
  report({ metric: 'avatar_similarity_real', value: amongThemselves(real), unit: 'cosine' })
  report({
    metric: 'avatar_similarity_after',
    value: after.avatar,
    unit: 'cosine',
    target: least,
    holds: after.avatar >= least,
  })
  report({ metric: 'other_prompts_before', value: before.others, unit: 'CLIP score' })
  report({
    metric: 'other_prompts_after',
    value: after.others,
    unit: 'CLIP score',
    target: lowest,
    holds: after.others >= lowest,
  })
  report({ metric: 'training_seconds', value: seconds, unit: 's' })
} finally {
  rmSync(place, { recursive: true, force: true })
}

function unit(values: Float32Array): readonly number[] {
  const length = Math.hypot(...values)
  return Array.from(values, (value) => value / length)
}
function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0)
}
function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
/** Mean similarity of different pictures of one thing: what a perfect copy of it could reach. */
function amongThemselves(vectors: readonly (readonly number[])[]): number {
  return mean(vectors.flatMap((a, i) => vectors.filter((_, k) => k !== i).map((b) => dot(a, b))))
}

interface Measured {
  readonly metric: string
  readonly value: number
  readonly unit: string
  readonly target?: number
  readonly holds?: boolean
}
function report({ value, ...rest }: Measured): void {
  const line = { bench: 'lora', ...rest, value: Number(value.toPrecision(4)) }
  const { metric, unit, target, holds } = rest
  const verdict = target === undefined ? '' : ` (target ${target.toPrecision(3)}: ${holds ? 'holds' : 'missed'})`
  process.stdout.write(`${asJson ? JSON.stringify(line) : `${metric.padEnd(26)} ${line.value} ${unit}${verdict}`}\n`)
}
