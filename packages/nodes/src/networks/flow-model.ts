import { featureMap, float32, Graph, requireFloat32, Scope, type Tensor, type WeightSource } from '@patchbay/onnx'
import { detectGlow, glowCell, glowLatentChannels, type GlowConfig } from '../architectures/glow/config.ts'
import { decodeGlow, encodeGlow, trainedNorm, type GlowParts } from '../architectures/glow/glow.ts'
import { mixingFactorsAt, mixingMatrices } from '../architectures/glow/mixing.ts'
import { planesOf, withoutAlpha, type ImageTensor } from '../image/image.ts'
import { initialNoise, type Seed } from '../random/index.ts'
import { batchSize, concatBatch, map, scale, sliceBatch } from '../tensor/index.ts'
import { CheckpointError } from '../weights/checkpoint-error.ts'
import { looksLike } from '../weights/looks-like.ts'
import type { Sessions } from './sessions.ts'

/** An invertible network between pictures and latents of as many numbers. Nothing is loaded until it is run. */
export interface FlowModel {
  /** Names the weights: two flows of one key have the same. */
  readonly key: string
  readonly config: GlowConfig
  readonly weights: WeightSource
}

/**
 * Recognises a flow by the names and shapes of its weights.
 * @throws CheckpointError that says what the file looks like, where it is none
 */
export function parseFlow(source: WeightSource, key: string): FlowModel {
  const config = detectGlow(source)
  if (config) return { key, config, weights: source }
  throw new CheckpointError(
    `${source.title} is no flow that is known (a Glow as TrainFlow writes it): it looks like ${looksLike(source, 'LoadFlow')}`,
  )
}

export interface FlowImages {
  /** [batch, channels · 4^levels, height / 2^levels, width / 2^levels], standard normal for pictures of its kind. */
  readonly latents: Tensor
  /** log |det ∂latents/∂picture| of each picture. */
  readonly logDeterminants: readonly number[]
}

/** Pictures that run through a flow at once. */
const together = 16

/**
 * Pictures [batch, channels, height, width] in -0.5 to 0.5 to their latents.
 * @throws RangeError for pictures of other channels, or whose sides the flow cannot halve so often
 */
export async function encodeByFlow(
  sessions: Sessions,
  flow: FlowModel,
  pictures: Tensor,
  onPart?: (done: number) => void,
): Promise<FlowImages> {
  const [, channels = 0, height = 0, width = 0] = pictures.shape
  const { config } = flow
  const cell = glowCell(config)
  if (channels !== config.channels || height % cell !== 0 || width % cell !== 0) {
    throw new RangeError(
      `This flow takes pictures of ${config.channels} channels whose sides are multiples of ${cell} (it was trained at ${config.size}), but got ${channels} channels of ${width} × ${height}: resize or crop them first`,
    )
  }
  const request = {
    key: `${flow.key}|encode|${width}x${height}`,
    build: () => ({ graph: encodingGraph(flow, height, width), weights: flow.weights }),
  }
  const latents: Tensor[] = []
  const logDeterminants: number[] = []
  for (const part of partsOf(pictures)) {
    const results = await sessions.with(request, (session) => session.run({ pictures: part }))
    latents.push(requireFloat32(results['latents'], 'The flow'))
    logDeterminants.push(...requireFloat32(results['logDeterminant'], 'The flow').data)
    onPart?.(logDeterminants.length)
  }
  return { latents: concatBatch(latents), logDeterminants }
}

/**
 * The way back: latents to pictures [batch, channels, height, width], about -0.5 to 0.5.
 * @throws RangeError for latents of other channels
 */
export async function decodeByFlow(
  sessions: Sessions,
  flow: FlowModel,
  latents: Tensor,
  onPart?: (done: number) => void,
): Promise<Tensor> {
  const [, channels = 0, rows = 0, columns = 0] = latents.shape
  const expected = glowLatentChannels(flow.config)
  if (channels !== expected) {
    throw new RangeError(
      `This flow's latents have ${expected} channels, but got ${channels}: they come from FlowEncode with the same flow`,
    )
  }
  const request = {
    key: `${flow.key}|decode|${columns}x${rows}`,
    build: () => ({ graph: decodingGraph(flow, rows, columns), weights: flow.weights }),
  }
  const pictures: Tensor[] = []
  let done = 0
  for (const part of partsOf(latents)) {
    const results = await sessions.with(request, (session) => session.run({ latents: part }))
    pictures.push(requireFloat32(results['pictures'], 'The flow'))
    onPart?.((done += batchSize(part)))
  }
  return concatBatch(pictures)
}

function* partsOf(all: Tensor): Generator<Tensor> {
  const batch = batchSize(all)
  for (let start = 0; start < batch; start += together) {
    yield sliceBatch(all, start, Math.min(batch, start + together))
  }
}

function encodingGraph(flow: FlowModel, height: number, width: number): Graph {
  const graph = new Graph()
  const pictures = featureMap(graph.input('pictures', 'float32', ['batch', flow.config.channels, height, width]))
  const { latents, logDeterminant } = encodeGlow(new Scope(graph), flow.config, pictures, partsOfRun(flow, 'matrix'))
  graph.output('latents', latents)
  graph.output('logDeterminant', logDeterminant)
  return graph
}

function decodingGraph(flow: FlowModel, rows: number, columns: number): Graph {
  const graph = new Graph()
  const latents = graph.input('latents', 'float32', ['batch', glowLatentChannels(flow.config), rows, columns])
  graph.output('pictures', decodeGlow(new Scope(graph), flow.config, latents, partsOfRun(flow, 'inverse')))
  return graph
}

/** Matrices that were put together, or inverted, in float64: the way back meets the way there to the last digits. */
const partsOfRun = ({ weights }: FlowModel, direction: 'matrix' | 'inverse'): GlowParts => ({
  norm: trainedNorm,
  mixing: ({ graph, prefix }) => graph.constant(mixingMatrices(mixingFactorsAt(weights, prefix))[direction]),
})

/** Levels 0 to 255 as a flow takes them: the middle of each of 256 equal parts of -0.5 to 0.5, or `noise` within it. */
export const levelsForFlow = (levels: Tensor, noise?: ArrayLike<number>): Tensor =>
  float32(
    levels.shape,
    levels.data.map((level, i) => (level + (noise?.[i] ?? 0.5)) / 256 - 0.5),
  )

/** The way back from `levelsForFlow` without noise, as values 0 to 1 of a picture; not cut to them. */
export const valuesFromFlow = (pictures: Tensor): Tensor => map(pictures, (value) => ((value + 0.5) * 256 - 0.5) / 255)

/** The levels 0 to 255 of pictures, [batch, 3, height, width]. */
export function bytePlanes(image: ImageTensor): Tensor {
  return map(planesOf(withoutAlpha(image), { low: 0, high: 255 }), Math.round)
}

export interface FlowNoise {
  readonly seed: Seed
  readonly batch: number
  /** What normal numbers are multiplied with. */
  readonly temperature: number
  /** Side of the pictures in pixels; 0, which is the default, is that of those it was trained on. */
  readonly size?: number
}

/**
 * Latents of noise; item k is that of the seed + k.
 * @throws RangeError for a side that the flow cannot halve so often
 */
export function flowNoise(config: GlowConfig, { seed, batch, temperature, size = 0 }: FlowNoise): Tensor {
  const [side, cell] = [size || config.size, glowCell(config)]
  if (side % cell !== 0) {
    throw new RangeError(`This flow makes pictures whose sides are multiples of ${cell}, but got ${side}`)
  }
  const shape = [batch, glowLatentChannels(config), side / cell, side / cell]
  return scale(initialNoise({ seed, shape }), temperature)
}

/** Pictures with grey in the place of those that hold a value that is no number, and how many these are. */
export function greyWhereBroken(pictures: Tensor): { readonly values: Tensor; readonly broken: number } {
  let broken = 0
  const whole = Array.from({ length: batchSize(pictures) }, (_, k) => {
    const picture = sliceBatch(pictures, k, k + 1)
    if (!picture.data.some(Number.isNaN)) return picture
    broken++
    return map(picture, () => 0.5)
  })
  return { values: concatBatch(whole), broken }
}
