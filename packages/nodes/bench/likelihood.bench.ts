/**
 * How likely pictures are, and how exact that is: closed forms, a flow there and back, its determinant, and
 * one table of bits for each number of held-out faces: npm run bench -- likelihood [--json] [--pictures 16]
 * [--evaluations 60].
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { numberAt, type Tensor } from '@patchbay/onnx/tensor'
import { imagesOf, type Dataset } from '../src/dataset/dataset.ts'
import { textEncode } from '../src/definitions/conditioning/text-encode.ts'
import { facePictures } from '../src/definitions/data/face-pictures.ts'
import { flowEncode } from '../src/definitions/flows/flow-encode.ts'
import { diffusionBound as diffusionBoundNode } from '../src/definitions/likelihood/diffusion-bound.ts'
import { vaeBound as vaeBoundNode } from '../src/definitions/likelihood/vae-bound.ts'
import { loadCheckpoint } from '../src/definitions/loaders/load-checkpoint.ts'
import { loadFlow } from '../src/definitions/loaders/load-flow.ts'
import { createLocalServices } from '../src/host/local-services.ts'
import { pngBitsOf } from '../src/image/png-bits.ts'
import { diffusionBound, logNormal, vaeBound } from '../src/likelihood/index.ts'
import { bytePlanes, decodeByFlow, encodeByFlow, levelsForFlow, type FlowModel } from '../src/networks/flow-model.ts'
import { runNode } from '../src/testing/run-node.ts'

const optionOf = (name: string, usual: number): number => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? usual : Number(process.argv[at + 1])
}
const count = optionOf('pictures', 16)
const evaluations = optionOf('evaluations', 60)

/** A linear VAE of one latent under its true posterior, against the likelihood of the normal that it is. */
async function vaeError(): Promise<number> {
  const [weight, deviation, x] = [1.5, 0.6, 1.1]
  const precision = 1 + weight ** 2 / deviation ** 2
  const posterior = { mean: [(weight * x) / deviation ** 2 / precision], logVariance: [-Math.log(precision)] }
  const distortionAt = (z: Float64Array): number => -logNormal(x, weight * numberAt(z, 0), deviation)
  const { nats } = await vaeBound({ posterior, distortionAt, noise: () => [0.83] }, 1)
  return Math.abs(nats + logNormal(x, 0, Math.hypot(weight, deviation)))
}

/** Normal data under its ideal denoiser, against the sum of the divergences of normals (Ho et al. 2020, eq. 5). */
async function diffusionError(): Promise<number> {
  const [spread, x, timesteps] = [0.5, 0.3, 500]
  const ratios = Array.from({ length: timesteps }, (_, t) => 1e-2 * 1e4 ** (t / (timesteps - 1)))
  const share = (t: number): number => spread ** 2 / (spread ** 2 + numberAt(ratios, t) ** 2)
  const { nats } = await diffusionBound(
    {
      ratios,
      noise: (_, draw) => [draw === 0 ? 1 : -1],
      denoise: (_, noise, t) => Promise.resolve([share(t) * (x + numberAt(ratios, t) * numberAt(noise, 0))]),
      last: 'density',
    },
    [x],
    { evaluations: timesteps, draws: 2 },
  )
  const signal = (t: number): number => 1 / (1 + numberAt(ratios, t) ** 2)
  const square = (t: number): number => ((1 - share(t)) * x) ** 2 + (share(t) * numberAt(ratios, t)) ** 2
  const end = signal(timesteps - 1)
  let expected = 0.5 * (end * x * x - end - Math.log(1 - end))
  for (let t = 1; t < timesteps; t++) {
    const [before, own] = [signal(t - 1), signal(t)]
    const beta = 1 - own / before
    const variance = ((1 - before) / (1 - own)) * beta
    expected += (square(t) * ((Math.sqrt(before) * beta) / (1 - own)) ** 2) / (2 * variance)
  }
  const first = 1 - signal(0)
  expected += 0.5 * (Math.log(2 * Math.PI * first) + square(0) / first)
  return Math.abs(nats - expected)
}

const place = mkdtempSync(join(tmpdir(), 'patchbay-likelihood-'))
const services = createLocalServices({ output: place })
try {
  const { sessions } = services
  const settings = { size: 32, count, seed: 2, view: 'close', expression: 'drawn' }
  const dataset = (await runNode(facePictures, settings, { services })).outputs['dataset'] as Dataset
  const image = imagesOf(dataset, 0, count)
  const flow = (await runNode(loadFlow, {}, { services })).outputs['flow'] as FlowModel
  const pictures = levelsForFlow(bytePlanes(image))
  const { latents } = await encodeByFlow(sessions, flow, pictures)
  const back = await decodeByFlow(sessions, flow, latents)
  const roundTrip = back.data.reduce((most, x, i) => Math.max(most, Math.abs(x - numberAt(pictures.data, i))), 0)

  const exact = await runNode(flowEncode, { flow, image, draws: 4, seed: 1n }, { services })
  const { model, vae, textEncoder } = (await runNode(loadCheckpoint, {}, { services })).outputs
  const text = await runNode(textEncode, { textEncoder, text: 'a face' }, { services })
  const bound = await runNode(vaeBoundNode, { vae, image, samples: 4, seed: 1n }, { services })
  const diffusion = await runNode(
    diffusionBoundNode,
    { model, vae, image, positive: text.outputs['conditioning'], evaluations, seed: 1n },
    { services },
  )
  const png = await pngBitsOf(image)
  const result = {
    pictures: count,
    closed_form_error: Math.max(await vaeError(), await diffusionError()),
    round_trip_max_error: roundTrip,
    log_det_relative_error: await determinantError(flow, pictures),
    bits_per_dimension: {
      uniform: 8,
      png: png.reduce((sum, bits) => sum + bits / count, 0),
      vae_bound: bound.outputs['bitsPerDim'],
      flow: exact.outputs['bitsPerDim'],
      latent_diffusion_bound: diffusion.outputs['bitsPerDim'],
      latent_diffusion_error: diffusion.outputs['error'],
    },
  }
  console.log(JSON.stringify(result, undefined, process.argv.includes('--json') ? undefined : 2))
} finally {
  await services.sessions.clear()
  rmSync(place, { recursive: true, force: true })
}

/** Against a numerical Jacobian at the middle of the first picture, in the few pixels that make one cell. */
async function determinantError(flow: FlowModel, pictures: Tensor): Promise<number> {
  const side = 2 ** flow.config.levels
  const length = 3 * side * side
  const [, , height = 0, width = 0] = pictures.shape
  const centre = Float32Array.from({ length }, (_, i) => {
    const [plane, y, x] = [Math.floor(i / side ** 2), Math.floor(i / side) % side, i % side]
    return numberAt(pictures.data, (plane * height + y + (height - side) / 2) * width + x + (width - side) / 2)
  })
  // Small, for the networks inside are made of straight pieces; not too small for single precision.
  const step = 2e-4
  const moved = new Float32Array(2 * length * length)
  for (let k = 0; k < 2 * length; k++) {
    moved.set(centre, k * length)
    const at = k * length + Math.floor(k / 2)
    moved[at] = numberAt(moved, at) + (k % 2 === 0 ? step : -step)
  }
  const shape = [2 * length, 3, side, side]
  const { latents } = await encodeByFlow(services.sessions, flow, { dtype: 'float32', shape, data: moved })
  const rows = Array.from({ length }, (_, j) =>
    Array.from({ length }, (_, i) => {
      const [up, down] = [numberAt(latents.data, 2 * j * length + i), numberAt(latents.data, (2 * j + 1) * length + i)]
      return (up - down) / (2 * step)
    }),
  )
  const own = { dtype: 'float32', shape: [1, 3, side, side], data: centre } as const
  const { logDeterminants } = await encodeByFlow(services.sessions, flow, own)
  return Math.abs(numberAt(logDeterminants, 0) / logDeterminantOf(rows) - 1)
}

/** By elimination, the row with the largest number first. */
function logDeterminantOf(matrix: readonly (readonly number[])[]): number {
  let rows = matrix.map((row) => [...row])
  let sum = 0
  while (rows.length > 0) {
    rows = rows.toSorted((a, b) => Math.abs(numberAt(b, 0)) - Math.abs(numberAt(a, 0)))
    const [[first = 1, ...rest] = [], ...others] = rows
    sum += Math.log(Math.abs(first))
    rows = others.map(([head = 0, ...row]) => row.map((x, j) => x - (head / first) * numberAt(rest, j)))
  }
  return sum
}
