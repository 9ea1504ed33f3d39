/**
 * How good the bundled models are, on pictures that none of them has seen: npm run bench -- quality. The emoji packages are fetched once into
 * `.cache/data`, or the folder in PATCHBAY_DATASETS.
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { float32 } from '@patchbay/onnx/tensor'
import { batchImages } from '../src/image/composite.ts'
import { imageOfPlanes, pictureOf, picturesOf, planesOf, type ImageTensor } from '../src/image/image.ts'
import { createLocalServices } from '../src/host/local-services.ts'
import { cosineSimilarity, kernelDistance, psnr, type Features } from '../src/metrics/index.ts'
import { openFeatureModel } from '../src/scoring/feature-model.ts'
import { decodeToImage, encodeToLatents } from '../src/networks/image-autoencoder.ts'
import { encodePictures } from '../src/networks/image-encoder.ts'
import { judgePictures, openPictureJudge } from '../src/scoring/picture-judge.ts'
import { embedTexts, openScoreTowers } from '../src/scoring/score-towers.ts'
import { philoxNormal } from '../src/random/index.ts'
import { uniformSource } from '../src/random/uniform-source.ts'
import { loadCheckpointParts } from '../src/opening/checkpoint-values.ts'
import { loadIconPictures } from '../src/dataset/captioned-pictures.ts'
import { bundledFolder, createPainter } from './bundled-checkpoint.ts'

const asJson = process.argv.includes('--json')
const asset = (path: string) => fileURLToPath(new URL(`../assets/${path}`, import.meta.url))
const side = 64

interface Measured {
  readonly metric: string
  readonly value: number
  readonly unit: string
  /** Missing where a figure is there to compare others with. */
  readonly target?: number
  readonly holds?: boolean
}
function report({ value, ...rest }: Measured, details: Readonly<Record<string, number | string>> = {}): void {
  const line = { bench: 'quality', ...rest, value: Number(value.toPrecision(4)), ...details }
  const { target, holds } = rest
  const verdict = target === undefined ? '' : `(target ${Number(target.toPrecision(3))}: ${holds ? 'holds' : 'missed'})`
  const text = `${rest.metric.padEnd(22)} ${line.value} ${rest.unit} ${verdict} ${Object.entries(details)
    .map(([name, detail]) => `${name} ${detail}`)
    .join(', ')}`
  process.stdout.write(`${asJson ? JSON.stringify(line) : text.trimEnd()}\n`)
}

const services = createLocalServices({ output: '.cache/bench' })
const cacheFolder = process.env['PATCHBAY_DATASETS'] ?? fileURLToPath(new URL('../../../.cache/data', import.meta.url))
const set = await loadIconPictures({ cacheFolder, size: side })
const pictureOnWhite = (row: number): ImageTensor => {
  const at = row * side * side * 4
  const data = new Float32Array(side * side * 3)
  for (let pixel = 0; pixel < side * side; pixel++) {
    const alpha = set.pixels[at + pixel * 4 + 3] ?? 0
    for (let c = 0; c < 3; c++) data[pixel * 3 + c] = ((set.pixels[at + pixel * 4 + c] ?? 0) + 255 - alpha) / 255
  }
  return float32([1, side, side, 3], data)
}

// 100 common nouns, of which the held-out style has a picture: every nth of those that the denoiser saw most.
const common = readFileSync(new URL('../../../tools/training/common_nouns.txt', import.meta.url), 'utf8')
const names = common
  .split(/[,\n]/)
  .map((word) => word.trim())
  .filter((word) => word !== '')
const heldOut = new Map(
  set.pictures.flatMap(({ split, captions: [caption = ''] }, row) =>
    split === 'held-out-style' ? [[caption, row]] : [],
  ),
)
const known = names.filter((name) => heldOut.has(name))
const nouns = Array.from({ length: 100 }, (_, i) => known[Math.floor((i * known.length) / 100)] ?? '')
const heldOutRows = nouns.map((noun) => heldOut.get(noun) ?? 0)
const real = batchImages(heldOutRows.map(pictureOnWhite))

const paint = await createPainter()
const painted: ImageTensor[] = []
for (const [i, noun] of nouns.entries()) painted.push(await paint(noun, { seed: 2000 + i }))
const generated = batchImages(painted)

// Recognition by a tower that saw neither these pictures nor the held-out style.
const towers = openScoreTowers(asset('score_models/patchbay-towers/model.safetensors'))
const words = await embedTexts(services, towers, nouns)
const rowsOf = (vectors: { readonly width: number; readonly values: Float32Array }, row: number) =>
  vectors.values.subarray(row * vectors.width, (row + 1) * vectors.width)
async function recognised(pictures: ImageTensor, within: number): Promise<number> {
  const seen = await encodePictures(services.sessions, towers.image, 'embedding', picturesOf([pictures]))
  const ranks = nouns.map((_, k) => {
    const cosines = nouns.map((_, text) => cosineSimilarity(rowsOf(seen, k), rowsOf(words, text)))
    return cosines.filter((cosine) => cosine > (cosines[k] ?? 0)).length
  })
  return ranks.filter((rank) => rank < within).length
}
const top5 = await recognised(generated, 5)
report(
  { metric: 'top5_of_100', value: top5, unit: 'pictures', target: 60, holds: top5 >= 60 },
  { top1: await recognised(generated, 1), real_top5: await recognised(real, 5), real_top1: await recognised(real, 1) },
)

// The autoencoder on things that it never saw, in every style.
const { vae } = loadCheckpointParts(bundledFolder)
if (!vae) throw new Error('The bundled checkpoint has no VAE')
const unseen = set.pictures.flatMap(({ split }, row) => (split === 'held-out-concept' ? [row] : []))
const ratios: number[] = []
for (let i = 0; i < 100; i++) {
  const original = planesOf(pictureOnWhite(unseen[Math.floor((i * unseen.length) / 100)] ?? 0), { low: 0, high: 1 })
  const again = await decodeToImage(services.sessions, vae, await encodeToLatents(services.sessions, vae, original))
  const planes = (values: Float32Array) => ({ channels: 3, height: side, width: side, values })
  ratios.push(psnr(planes(again.data), planes(original.data), 1))
}
const decibels = ratios.reduce((sum, value) => sum + value / ratios.length, 0)
const fifth = ratios.sort((a, b) => a - b)[Math.floor(ratios.length / 20)] ?? 0
report(
  { metric: 'autoencoder_psnr_db', value: decibels, unit: 'dB', target: 32, holds: decibels >= 32 },
  { fifth_percentile: Number(fifth.toFixed(2)) },
)

// Real pairs against generated ones and against real pictures with another's text.
const judge = openPictureJudge(asset('score_models/patchbay-discriminator/model.safetensors'))
const verdicts = async (pictures: ImageTensor, textOf: (k: number) => string) => {
  const found = []
  for (const k of nouns.keys()) found.push(await judgePictures(services, judge, pictureOf(pictures, k), textOf(k)))
  return found.map(({ realism: [r = 0], match: [m = 0] }) => ({ realism: r, match: m }))
}
const own = await verdicts(real, (k) => nouns[k] ?? '')
const mismatched = await verdicts(real, (k) => nouns[(k + 37) % nouns.length] ?? '')
const fakes = await verdicts(generated, (k) => nouns[k] ?? '')
const chance = (right: readonly number[], wrong: readonly number[]): number =>
  right.reduce((sum, a) => sum + wrong.reduce((part, b) => part + (a > b ? 1 : a === b ? 0.5 : 0), 0), 0) /
  (right.length * wrong.length)
const againstGenerated = chance(
  own.map(({ realism }) => realism),
  fakes.map(({ realism }) => realism),
)
const againstMismatched = chance(
  own.map(({ match }) => match),
  mismatched.map(({ match }) => match),
)
const auc = Math.min(againstGenerated, againstMismatched)
report(
  { metric: 'discriminator_auc', value: auc, unit: 'AUC', target: 0.9, holds: auc >= 0.9 },
  { against_generated: Number(againstGenerated.toFixed(4)), against_mismatched: Number(againstMismatched.toFixed(4)) },
)

// Distances from the held-out style. Its pictures are of other nouns, since two pictures of one thing are no independent samples.
const others = known.filter((name) => !nouns.includes(name))
const features = openFeatureModel(asset('score_models/patchbay-towers/model.safetensors'))
const seenIn = async (pictures: ImageTensor): Promise<Features> =>
  encodePictures(services.sessions, features, 'features', picturesOf([pictures]))
const reference = await seenIn(batchImages(others.map((name) => pictureOnWhite(heldOut.get(name) ?? 0))))
const distanceTo = async (pictures: ImageTensor): Promise<number> =>
  kernelDistance(reference, await seenIn(pictures), { subsets: 100, subsetSize: 50, random: uniformSource(1) }).mean
const noise = philoxNormal(3, [nouns.length, vae.part.config.latentChannels, 8, 8])
const decodedNoise = imageOfPlanes(await decodeToImage(services.sessions, vae, noise), { low: 0, high: 1 })
const otherRows = nouns.map((noun) =>
  set.pictures.findIndex(({ style, captions: [caption] }) => style === 'noto' && caption === noun),
)
const otherStyle = batchImages(otherRows.filter((row) => row >= 0).map(pictureOnWhite))
const [ofGenerated, ofNoise, ofOther] = [
  await distanceTo(generated),
  await distanceTo(decodedNoise),
  await distanceTo(otherStyle),
]
const model = `kid:${features.name}`
// Far nearer to another style than to noise: within a tenth of the way between them.
const way = (ofGenerated - ofOther) / (ofNoise - ofOther)
report(
  {
    metric: 'kid_generated',
    value: ofGenerated,
    unit: model,
    target: ofOther + (ofNoise - ofOther) / 10,
    holds: way <= 0.1,
  },
  { reference: others.length, generated: nouns.length, way_to_noise: Number(way.toFixed(4)) },
)
report({ metric: 'kid_noise', value: ofNoise, unit: model })
report({ metric: 'kid_other_style', value: ofOther, unit: model })
