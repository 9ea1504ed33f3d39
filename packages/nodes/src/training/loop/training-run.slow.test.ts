import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from 'node:process'
import { float32, Graph, int64, meanSquaredError, ops, type Value } from '@patchbay/onnx'
import { afterEach, expect, test } from 'vitest'
import type { AutoencoderKLConfig } from '../../architectures/autoencoder-kl/config.ts'
import { parseUNet2DConditionConfig } from '../../architectures/unet-2d-condition/config.ts'
import { unetNetwork } from '../../architectures/unet-2d-condition/index.ts'
import { philoxNormal } from '../../random/index.ts'
import { autoencoderFeeds, autoencoderLoss } from '../losses/autoencoder-loss.ts'
import { rowsOfStep } from '../batches/batches.ts'
import { contrastiveLoss } from '../losses/contrastive-loss.ts'
import { denoisingFeeds, denoisingLoss, minSnrWeight, scaledLinearAlphas } from '../losses/denoising-loss.ts'
import { claimTraining } from './training-claim.ts'
import { runTraining, type TrainingRun } from './training-run.ts'

const folders: string[] = []
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })))
})
async function stateFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-training-'))
  folders.push(folder)
  return folder
}

const noiseOf = (seed: number, ...shape: number[]): Float32Array => philoxNormal(seed, shape).data

const unetConfig = parseUNet2DConditionConfig({
  in_channels: 4,
  out_channels: 4,
  block_out_channels: [16, 32],
  layers_per_block: 1,
  down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D'],
  up_block_types: ['CrossAttnUpBlock2D', 'UpBlock2D'],
  cross_attention_dim: 16,
  attention_head_dim: 2,
  norm_num_groups: 8,
  use_linear_projection: true,
  addition_embed_type: 'text_time',
  addition_time_embed_dim: 8,
  projection_class_embeddings_input_dim: 16 + 6 * 8,
})
const process = { prediction: 'v', timesteps: 1000, alphasCumprod: scaledLinearAlphas() } as const

/** Four latents of 4 × 4, each with its own text. */
const four = {
  latents: noiseOf(1, 4, 4, 4, 4),
  shape: [4, 4, 4],
  text: noiseOf(2, 4, 3, 16),
  tokens: 3,
  pooled: noiseOf(3, 4, 16),
  sizes: [32, 32, 0, 0, 32, 32],
} as const

function denoiserRun(overrides: Partial<TrainingRun> = {}): TrainingRun {
  return {
    loss: denoisingLoss(unetNetwork(unetConfig), 'v', { batch: 4, side: 4, tokens: 3 }),
    feedsOf: (step) => denoisingFeeds(four, { process, seed: 5, step }),
    steps: 6,
    seed: 0,
    recipe: 'tiny denoiser',
    optimizer: { type: 'adamw', weightDecay: 0 },
    learningRate: 4e-3,
    maxGradientNorm: 1,
    emaDecay: 0.9,
    session: { threads: 1 },
    ...overrides,
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

async function lossesOf(run: TrainingRun): Promise<readonly number[]> {
  const losses: number[] = []
  await runTraining({ ...run, onStep: ({ loss }) => void losses.push(loss) })
  return losses
}

test('a denoiser with text and pooled text overfits four pictures', async () => {
  const losses = await lossesOf(denoiserRun({ steps: 70, learningRate: 8e-3 }))
  expect(mean(losses.slice(0, 5))).toBeGreaterThan(0.85)
  expect(mean(losses.slice(-15))).toBeLessThan(0.7)
}, 240_000)

const autoencoderConfig: AutoencoderKLConfig = {
  inChannels: 3,
  outChannels: 3,
  latentChannels: 4,
  blockOutChannels: [8],
  layersPerBlock: 1,
  normGroups: 4,
  scalingFactor: 1,
  shiftFactor: 0,
  midAttention: true,
  quantConv: true,
  postQuantConv: true,
}
const pictures = noiseOf(9, 4, 3, 6, 6).map((value) => Math.tanh(value))

function autoencoderRun(overrides: Partial<TrainingRun> = {}): TrainingRun {
  return {
    ...denoiserRun({ recipe: 'tiny autoencoder' }),
    loss: autoencoderLoss(autoencoderConfig, { batch: 4, side: 6 }),
    feedsOf: (step) => autoencoderFeeds(autoencoderConfig, pictures, { batch: 4, side: 6, seed: 1, step }),
    ...overrides,
  }
}

test('an autoencoder overfits four pictures', async () => {
  const losses = await lossesOf(autoencoderRun({ steps: 60, learningRate: 1e-2 }))
  expect(mean(losses.slice(-5))).toBeLessThan(0.4 * mean(losses.slice(0, 3)))
}, 240_000)

test('a run that is stopped and started again ends with the same bits as one left alone', async () => {
  const unbroken = await runTraining(autoencoderRun())
  const folder = await stateFolder()
  const stop = new AbortController()
  const stopped = runTraining(
    autoencoderRun({
      folder,
      signal: stop.signal,
      onStep: ({ step }) => {
        if (step === 3) stop.abort(new Error('stopped by hand'))
      },
    }),
  )
  await expect(stopped).rejects.toThrow('stopped by hand')
  const seen: number[] = []
  const continued = await runTraining(autoencoderRun({ folder, onStep: ({ step }) => void seen.push(step) }))
  expect(seen).toEqual([4, 5, 6])
  expect(continued).toEqual(unbroken)
}, 240_000)

test('a state of other settings is not continued', async () => {
  const folder = await stateFolder()
  const line = (recipe: string): TrainingRun => ({ ...lineRun(), folder, recipe })
  await runTraining(line('rate 0.1'))
  await expect(runTraining(line('rate 0.2'))).rejects.toThrow(
    /belongs to a training with other settings.*rate 0\.1.*rate 0\.2/,
  )
})

test('a loss that is no number stops the run and names the step', async () => {
  const run = { ...lineRun(), feedsOf: () => ({ x: float32([1], [NaN]) }) }
  await expect(runTraining(run)).rejects.toThrow('The loss of step 1 is NaN')
})

test('weights that the last step made infinite are neither kept nor given back, though its loss was a number', async () => {
  const folder = await stateFolder()
  await runTraining({ ...lineRun(), folder, steps: 1 })
  const wild = { learningRate: 1e30, feedsOf: () => ({ x: float32([1], [1e18]) }) }
  await expect(runTraining({ ...lineRun(), folder, ...wild })).rejects.toThrow(
    'After step 2 "w" holds values that are no numbers',
  )
  const { parameters, steps } = await runTraining({ ...lineRun(), folder })
  expect([steps, Number.isFinite(parameters['w']?.data[0])]).toEqual([2, true])
})

/** Fits one number to 3. */
function lineRun(): TrainingRun {
  const graph = new Graph()
  const loss = meanSquaredError(graph.parameter('w', 'float32', [1]), graph.input('x', 'float32', [1]))
  return {
    loss,
    feedsOf: () => ({ x: float32([1], [3]) }),
    steps: 2,
    seed: 0,
    recipe: 'line',
    optimizer: { type: 'sgd' },
    learningRate: 0.1,
  }
}

test('the contrastive loss falls to zero where each picture has its own text and the scale is large', async () => {
  const width = 4
  const lossOf = async (texts: readonly number[]): Promise<number> => {
    const graph = new Graph()
    const input = (name: string): Value => graph.input(name, 'float32', [3, width])
    const scale = ops.mul(graph.parameter('scale', 'float32', []), 1)
    const loss = contrastiveLoss(input('pictures'), input('texts'), scale, graph.input('targets', 'int64', [3]))
    let found = NaN
    const eye = [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0]
    await runTraining({
      ...lineRun(),
      loss,
      initial: { scale: float32([], [Math.log(50)]) },
      steps: 1,
      feedsOf: () => ({
        pictures: float32([3, width], eye),
        texts: float32([3, width], texts),
        targets: int64([3], [0, 1, 2]),
      }),
      onStep: ({ loss: value }) => void (found = value),
    })
    return found
  }
  expect(await lossOf([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0])).toBeLessThan(1e-6)
  expect(await lossOf([0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1])).toBeCloseTo(Math.log(3), 5)
})

test('rows are drawn as often as their weights say, and the same for the same step', () => {
  const weights = [0, 3, 1]
  const draws = Array.from({ length: 50 }, (_, step) => rowsOfStep({ seed: 1, step, batch: 40, weights })).flat()
  const share = (row: number): number => draws.filter((drawn) => drawn === row).length / draws.length
  expect(share(0)).toBe(0)
  expect(share(1)).toBeCloseTo(0.75, 1)
  expect(rowsOfStep({ seed: 1, step: 7, batch: 5, weights })).toEqual(
    rowsOfStep({ seed: 1, step: 7, batch: 5, weights }),
  )
})

test('weights that choose nothing are refused', () => {
  expect(() => rowsOfStep({ seed: 1, step: 0, batch: 2, weights: [0, 0] })).toThrow('No row can be chosen')
  expect(() => rowsOfStep({ seed: 1, step: 0, batch: 2, weights: [1, -1] })).toThrow('The weight of row 1 is -1')
})

test('signal and noise keep unit variance, and timesteps cover the whole range evenly', () => {
  const feeds = denoisingFeeds(four, { process, seed: 1, step: 0 })
  const numbersOf = (name: string): number[] => [...(feeds[name]?.data ?? [])].map(Number)
  const [signal, noise] = [numbersOf('signal'), numbersOf('noiseLevel')]
  for (let i = 0; i < 4; i++) expect((signal[i] ?? 0) ** 2 + (noise[i] ?? 0) ** 2).toBeCloseTo(1, 5)
  expect(numbersOf('timestep').map((timestep) => Math.floor(timestep / 250))).toEqual([0, 1, 2, 3])
})

test('min-SNR weights equal min(SNR, gamma) on the clean sample, whatever is predicted', () => {
  const [signal, noise] = [0.8, 0.6]
  const ratio = (signal / noise) ** 2
  const limited = Math.min(ratio, 1)
  // An error of the clean sample by 1 is one of the noise by signal / noise, and of v by 1 / noise.
  expect(minSnrWeight('epsilon', { signal, noise }, 1) * ratio).toBeCloseTo(limited, 12)
  expect(minSnrWeight('v', { signal, noise }, 1) / noise ** 2).toBeCloseTo(limited, 12)
  expect(minSnrWeight('flow', { signal, noise }, 1) / noise ** 2).toBeCloseTo(limited, 12)
})

test('a state that is damaged, or cannot be kept, is told with its file, and with what stays', async () => {
  const folder = await stateFolder()
  await runTraining(denoiserRun({ folder, steps: 2 }))
  const file = join(folder, 'training-state.safetensors')
  const whole = await readFile(file)
  await writeFile(file, whole.subarray(0, 100))
  await expect(runTraining(denoiserRun({ folder, steps: 4 }))).rejects.toThrow(
    `"${file}" is damaged, so that the training cannot go on from it. Remove it to start anew`,
  )
  await writeFile(file, whole)
  // A folder in the place of the file that is renamed to it: the system refuses, whoever asks.
  const blocked = join(await stateFolder(), 'file')
  await writeFile(blocked, '')
  await expect(runTraining(denoiserRun({ folder: blocked, steps: 1 }))).rejects.toThrow(
    /The state of step 1 cannot be kept in ".*file": .* It takes \d MB: make room or give access, and run again\.$/,
  )
  expect((await runTraining(denoiserRun({ folder, steps: 4 }))).steps).toBe(4)
})

test('a training that another process runs is refused, and one that a dead process had is taken over', async () => {
  const folder = await stateFolder()
  const giveBack = claimTraining(folder, 'fox')
  expect(() => claimTraining(folder, 'fox')).toThrow(
    '"fox" with these settings is being trained by another run already',
  )
  giveBack()
  const child = spawn(execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await writeFile(join(folder, 'claimed-by'), `${child.pid} 1`)
  // That number belongs to a process that began at another time.
  claimTraining(folder, 'fox')()
  child.kill('SIGKILL')
  await once(child, 'exit')
  await writeFile(join(folder, 'claimed-by'), `${child.pid}`)
  claimTraining(folder, 'fox')()
})
