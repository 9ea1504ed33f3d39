/**
 * Arithmetic in the latents of the bundled faces, on faces that no part of it has seen: npm run bench -- faces. The
 * direction of AttributeDirection is added and subtracted, and small networks that are trained here on real faces read
 * the mouth's curve, and hair, skin and glasses, from what is decoded.
 */
import { fileURLToPath } from 'node:url'
import type { Tensor } from '@patchbay/onnx/tensor'
import { datasetOfIcons } from '../src/dataset/captioned-pictures.ts'
import { withMouth, type DrawnFace } from '../src/dataset/face-drawing.ts'
import { loadFacePictures } from '../src/dataset/face-pictures.ts'
import { directionOf, dividedBy, meanOfPictures } from '../src/encoding/attribute-direction.ts'
import { createLocalServices } from '../src/host/local-services.ts'
import { decodeToImage, encodeToLatents } from '../src/networks/image-autoencoder.ts'
import { loadAutoencoder } from '../src/opening/checkpoint-values.ts'
import { combineLatents } from '../src/values/latent-operations.ts'
import { curveOf, drawn, faceProbes, facesByLot, rowsOf } from './face-probes.ts'

const asJson = process.argv.includes('--json')
const [count, atOnce] = [500, 20]
const services = createLocalServices({ output: '.cache/bench' })
const cacheFolder = process.env['PATCHBAY_DATASETS'] ?? fileURLToPath(new URL('../../../.cache/data', import.meta.url))
const vae = loadAutoencoder(process.env['PATCHBAY_FACES'] ?? (await services.pathOf('vae', 'patchbay-faces')))
const encode = (pictures: Tensor): Promise<Tensor> => encodeToLatents(services.sessions, vae, pictures)

// The direction, of the first 500 faces of each side.
const looked = await loadFacePictures({
  cacheFolder,
  size: 64,
  count: 2200,
  seed: 1,
  view: 'close',
  expression: 'drawn',
})
const sides = dividedBy(datasetOfIcons(looked, 'faces'), { has: 'smiling', lacks: 'frowning' })
const first = (set: typeof sides.with) => ({ ...set, pictures: set.pictures.slice(0, count) })
const mean = (set: typeof sides.with) => meanOfPictures(first(set), encode, () => undefined)
const direction = directionOf(await mean(sides.with), await mean(sides.without), 32)

const probes = await faceProbes(await drawn(facesByLot(2, 8000)))
const real = await drawn(facesByLot(3, count))
const seen: number[] = []
for (let i = 0; i < count; i += atOnce) seen.push(...(await probes.curves(rowsOf(real.pixels, i, atOnce))))
const truth = real.faces.map(curveOf)
report('regressor_r2', explained(seen, truth), '', { atLeast: 0.98 }, { faces: count })

// Smiles from which the direction is subtracted once, beside the same faces drawn with such a mouth.
const smiling = await drawn(facesByLot(4, count, (face) => curveOf(face) > 0.5))
const step = 1.5
const frowning = await drawn(smiling.faces.map((face) => withCurve(face, Math.max(-1, curveOf(face) - step))))
let [flips, kept] = [0, 0]
const parts = { hair: 0, skin: 0, glasses: 0 }
const decibels = { plain: 0, changed: 0 }
for (let i = 0; i < count; i += atOnce) {
  const latents = await encode(rowsOf(smiling.pixels, i, atOnce))
  const [plain, changed] = [await decoded(latents, 0), await decoded(latents, -1)]
  const [before, after] = [await probes.rest(plain), await probes.rest(changed)]
  flips += (await probes.curves(changed)).filter((curve) => curve < 0).length
  for (const [k, { hair, skin, glasses }] of before.entries()) {
    const same = {
      hair: after[k]?.hair === hair,
      skin: after[k]?.skin === skin,
      glasses: after[k]?.glasses === glasses,
    }
    for (const part of ['hair', 'skin', 'glasses'] as const) parts[part] += Number(same[part]) / count
    kept += Number(same.hair && same.skin && same.glasses)
  }
  decibels.plain += meanDecibels(plain, rowsOf(smiling.pixels, i, atOnce)) * (atOnce / count)
  decibels.changed += meanDecibels(changed, rowsOf(frowning.pixels, i, atOnce)) * (atOnce / count)
}
report('mood_flips', flips / count, 'of smiles', { atLeast: 0.95 })
report('rest_kept', kept / count, 'of faces', { atLeast: 0.95 }, rounded(parts))
report('psnr_behind_reconstruction', decibels.plain - decibels.changed, 'dB', { atMost: 1 }, rounded(decibels))

// Amount and measured curve, face by face.
const amounts = [-1, -0.5, 0, 0.5, 1]
const rows: number[][] = Array.from({ length: count }, () => [])
for (let i = 0; i < count; i += atOnce) {
  const latents = await encode(rowsOf(real.pixels, i, atOnce))
  for (const amount of amounts) {
    for (const [k, curve] of (await probes.curves(await decoded(latents, amount))).entries()) rows[i + k]?.push(curve)
  }
}
const correlations = rows.map((row) => correlation(amounts, row))
report(
  'curve_correlation',
  correlations.reduce((sum, each) => sum + each / count, 0),
  'Pearson',
  { atLeast: 0.95 },
)
await probes.dispose()

async function decoded(latents: Tensor, amount: number): Promise<Tensor> {
  const moved = combineLatents(1, { tensor: latents, scale: 32 }, amount, direction)
  return decodeToImage(services.sessions, vae, moved.tensor)
}

function withCurve(face: DrawnFace, curve: number): DrawnFace {
  return typeof face.mouth === 'string' ? face : withMouth(face, { ...face.mouth, curve })
}

function meanDecibels(a: Tensor, b: Tensor): number {
  const batch = a.shape[0] ?? 1
  const length = a.data.length / batch
  let sum = 0
  for (let k = 0; k < batch; k++) {
    let squares = 0
    for (let i = k * length; i < (k + 1) * length; i++) squares += ((a.data[i] ?? 0) - (b.data[i] ?? 0)) ** 2
    sum += -10 * Math.log10(squares / length)
  }
  return sum / batch
}

/** The share of variance that is explained. */
function explained(told: readonly number[], right: readonly number[]): number {
  const middle = right.reduce((sum, each) => sum + each, 0) / right.length
  const left = right.reduce((sum, each, i) => sum + (each - (told[i] ?? 0)) ** 2, 0)
  return 1 - left / right.reduce((sum, each) => sum + (each - middle) ** 2, 0)
}

function correlation(a: readonly number[], b: readonly number[]): number {
  const centred = (values: readonly number[]) => {
    const middle = values.reduce((sum, each) => sum + each, 0) / values.length
    return values.map((each) => each - middle)
  }
  const [x, y] = [centred(a), centred(b)]
  const product = (p: readonly number[], q: readonly number[]) =>
    p.reduce((sum, each, i) => sum + each * (q[i] ?? 0), 0)
  return product(x, y) / Math.sqrt(Math.max(product(x, x) * product(y, y), 1e-12))
}

function rounded(values: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value.toFixed(4))]))
}

function report(
  metric: string,
  value: number,
  unit: string,
  target: { readonly atLeast: number } | { readonly atMost: number },
  details: Readonly<Record<string, number>> = {},
): void {
  const holds = 'atLeast' in target ? value >= target.atLeast : value <= target.atMost
  const line = { bench: 'faces', metric, value: Number(value.toPrecision(4)), unit, target, holds, ...details }
  const wanted = 'atLeast' in target ? `at least ${target.atLeast}` : `at most ${target.atMost}`
  const text = `${metric.padEnd(28)} ${line.value} ${unit} (${wanted}: ${holds ? 'holds' : 'missed'}) ${JSON.stringify(details)}`
  process.stdout.write(`${asJson ? JSON.stringify(line) : text}\n`)
}
