import { numberAt } from '@patchbay/onnx/tensor'
import {
  featureMap,
  float32,
  Graph,
  ops,
  Scope,
  toChannelsFirst,
  toTokens,
  type Feeds,
  type Value,
} from '@patchbay/onnx'
import type { DenoiserInputs, DenoiserNetwork } from '../../architectures/kinds/denoiser.ts'
import { philoxNormal, philoxUniform, type Seed } from '../../random/index.ts'
import { trainingStreams } from '../batches/batches.ts'
import { FrozenScope, stopGradient } from './frozen.ts'

export type TrainedPrediction = 'epsilon' | 'v' | 'flow'

/** The noise process of a training: what is predicted, and `ᾱ` of each timestep (unused by `flow`). */
export interface TrainingProcess {
  readonly prediction: TrainedPrediction
  readonly timesteps: number
  readonly alphasCumprod: readonly number[]
}

/** `ᾱ` for betas whose square roots rise in equal steps from `first` to `last`, Stable Diffusion's "scaled linear". */
export function scaledLinearAlphas(timesteps = 1000, first = 0.00085, last = 0.012): readonly number[] {
  const alphas: number[] = []
  let product = 1
  for (let t = 0; t < timesteps; t++) {
    const root = Math.sqrt(first) + ((Math.sqrt(last) - Math.sqrt(first)) * t) / Math.max(timesteps - 1, 1)
    product *= 1 - root * root
    alphas.push(product)
  }
  return alphas
}

/** What a loss may be made of besides plain parameters and inputs. */
export interface LossParts {
  /** Where the denoiser gets its parameters. */
  readonly scopeOf?: (graph: Graph) => Scope
  /** The text, where it is made in the graph rather than fed. */
  readonly textOf?: (graph: Graph) => TextInLoss
  /**
   * How many of the last rows of a batch are to be predicted as the network predicts them untrained, rather than as
   * they are.
   */
  readonly keptRows?: number
}

export interface TextInLoss {
  /** [batch, tokens, width] */
  readonly text: Value
  /** [batch, n] */
  readonly pooled?: Value
}

/** Where a network that is trained gets its parameters, with attention that can be differentiated. */
export const trainingScope = (graph: Graph): Scope => new Scope(graph, { attention: 'plain' })

/**
 * The denoising loss as a graph: noise is mixed into the latents in one shot (Ho et al. 2020, eq. 4), the network
 * predicts, and the weighted squared error is averaged over batch and elements. Inputs: `latents`, `noise` [batch,
 * channels, height, width]; `signal`, `noiseLevel`, `weight`, `timestep` [batch]; `text` [batch, tokens, width]; with
 * added conditions `pooled` and `sizes`.
 */
export function denoisingLoss(
  network: DenoiserNetwork,
  prediction: TrainedPrediction,
  { batch, side, tokens }: { readonly batch: number; readonly side: number; readonly tokens: number },
  { scopeOf = trainingScope, textOf, keptRows = 0 }: LossParts = {},
): Value {
  const graph = new Graph()
  const map = (name: string): Value => graph.input(name, 'float32', [batch, network.inputChannels, side, side])
  const perItem = (name: string): Value => ops.reshape(graph.input(name, 'float32', [batch]), [batch, 1, 1, 1])
  const [latents, noise] = [map('latents'), map('noise')]
  const [signal, level, weight] = [perItem('signal'), perItem('noiseLevel'), perItem('weight')]
  const noisy = ops.add(ops.mul(latents, signal), ops.mul(noise, level))
  // Distilled models are trained without the embedding of a guidance scale.
  const inGraph = { sample: toTokens(featureMap(noisy)), guidance: undefined, ...textOf?.(graph) }
  const inputs = network.inputs(graph, { batch, height: side, width: side, tokens }, inGraph)
  const predicted = toChannelsFirst(network.predict(scopeOf(graph), inputs))
  const wanted = targetOf(prediction, latents, noise, signal, level)
  const target = keptRows > 0 ? withKeptRows(wanted, network, noisy, inputs, keptRows) : wanted
  const error = ops.sub(predicted, target)
  return ops.reduceMean(ops.mul(ops.mul(error, error), weight), { keepDims: false })
}

/**
 * The targets with the untrained network's own prediction in the last rows: how far training moves it there is what
 * costs.
 */
function withKeptRows(
  target: Value,
  network: DenoiserNetwork,
  noisy: Value,
  { timestep, text, pooled, sizes }: DenoiserInputs,
  rows: number,
): Value {
  const last = (value: Value): Value => ops.slice(value, 0, -rows)
  const untrained = network.predict(new FrozenScope(target.graph, { attention: 'plain' }), {
    sample: toTokens(featureMap(last(noisy))),
    timestep: last(timestep),
    text: last(text),
    ...(pooled && { pooled: last(pooled) }),
    ...(sizes && { sizes: last(sizes) }),
  })
  return ops.concat([ops.slice(target, 0, 0, -rows), stopGradient(toChannelsFirst(untrained))], 0)
}

function targetOf(prediction: TrainedPrediction, latents: Value, noise: Value, signal: Value, level: Value): Value {
  switch (prediction) {
    case 'epsilon':
      return noise
    case 'v': // Salimans and Ho (2022), appendix D
      return ops.sub(ops.mul(noise, signal), ops.mul(latents, level))
    case 'flow': // Lipman et al. (2023), eq. 23 with no minimal noise
      return ops.sub(noise, latents)
  }
}

/** One batch of clean latents with what describes them, row-major. */
export interface DenoisingBatch {
  /** [batch, channels, side, side] */
  readonly latents: Float32Array
  readonly shape: readonly [batch: number, channels: number, side: number]
  /** [batch, tokens, width]; missing where the text is made in the graph. */
  readonly text?: Float32Array
  readonly tokens?: number
  readonly pooled?: Float32Array
  readonly sizes?: readonly number[]
}

export interface NoiseSettings {
  readonly process: TrainingProcess
  readonly seed: Seed
  readonly step: number
  /**
   * Limits the weight of easy timesteps (Hang et al. 2023, "min-SNR", eq. 6); 5 is usual. All weights are 1 without
   * it.
   */
  readonly minSnrGamma?: number
}

/**
 * What `denoisingLoss` is fed in one step. Timesteps are spread evenly over the batch, so that losses vary less from
 * step to step.
 */
export function denoisingFeeds(data: DenoisingBatch, settings: NoiseSettings): Feeds {
  const { process, seed, step, minSnrGamma } = settings
  const [batch, channels, side] = data.shape
  const shape = [batch, channels, side, side]
  const spread = philoxUniform(seed, [batch], [step, trainingStreams.timesteps]).data
  const levels = Array.from(spread, (u, i) => levelAt(process, (i + u) / batch))
  const vector = (of: (level: Level) => number): ReturnType<typeof float32> =>
    float32([batch], Float32Array.from(levels, of))
  const { pooled, sizes } = data
  return {
    latents: float32(shape, data.latents),
    noise: philoxNormal(seed, shape, [step, trainingStreams.noise]),
    signal: vector(({ signal }) => signal),
    noiseLevel: vector(({ noise }) => noise),
    weight: vector((level) => (minSnrGamma === undefined ? 1 : minSnrWeight(process.prediction, level, minSnrGamma))),
    timestep: vector(({ timestep }) => timestep),
    ...(data.text && {
      text: float32([batch, data.tokens ?? 1, data.text.length / (batch * (data.tokens ?? 1))], data.text),
    }),
    ...(pooled && { pooled: float32([batch, pooled.length / batch], pooled) }),
    ...(sizes && {
      sizes: float32(
        [batch, sizes.length],
        Float32Array.from({ length: batch * sizes.length }, (_, i) => numberAt(sizes, i % sizes.length)),
      ),
    }),
  }
}

interface Level {
  readonly signal: number
  readonly noise: number
  readonly timestep: number
}

/** @param position 0 (no noise) to 1 */
function levelAt({ prediction, timesteps, alphasCumprod }: TrainingProcess, position: number): Level {
  if (prediction === 'flow') return { signal: 1 - position, noise: position, timestep: position * timesteps }
  const timestep = Math.min(Math.floor(position * timesteps), timesteps - 1)
  const alpha = numberAt(alphasCumprod, timestep)
  return { signal: Math.sqrt(alpha), noise: Math.sqrt(1 - alpha), timestep }
}

/** `min(SNR, γ)` as a weight of the clean sample's error, turned into that of what is predicted. */
export function minSnrWeight(
  prediction: TrainedPrediction,
  { signal, noise }: Omit<Level, 'timestep'>,
  gamma: number,
): number {
  const ratio = (signal * signal) / Math.max(noise * noise, 1e-12)
  const limited = Math.min(ratio, gamma)
  switch (prediction) {
    case 'epsilon':
      return limited / ratio
    case 'v':
      return limited / (ratio + 1)
    case 'flow': // the clean sample's error is the velocity's times the noise level
      return limited * noise * noise
  }
}
