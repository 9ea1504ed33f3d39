import { numberAt } from '@patchbay/onnx/tensor'
import {
  featureMap,
  float32,
  Graph,
  requireFloat32,
  Scope,
  type FeatureMap,
  type Session,
  type Tensor,
  type Value,
  type WeightSource,
} from '@patchbay/onnx'
import { resizeToFit, type Fit } from '../image/fit.ts'
import { planesOf, sizeOfImage, withoutAlpha, type ImageTensor } from '../image/image.ts'
import type { ResampleMethod } from '../image/resample.ts'
import { exportedModel, runExported, type ExportedFeeds } from './exported-graph.ts'
import type { SessionRequest, Sessions } from './sessions.ts'

/** How a network wants its pictures. */
export interface PictureInput {
  /** Of the square that it sees, in pixels. */
  readonly size: number
  readonly fit: Fit
  readonly method: ResampleMethod
  /** Taken from red, green and blue in 0 to 1, which are then divided by `deviation`. */
  readonly mean: readonly [number, number, number]
  readonly deviation: readonly [number, number, number]
}

/** Every channel from -1 to 1. */
export const centred = { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] } as const

/** A network that makes vectors of pictures. Nothing is loaded until it is run. */
export type ImageEncoder = BuiltImageEncoder | ExportedImageEncoder
interface AnyImageEncoder {
  /** Names the weights and what is made of them. */
  readonly key: string
  /** Says in the name of a score what it was measured with. */
  readonly name: string
  readonly input: PictureInput
  /** How many classes it tells apart, where it gives their `probabilities` too. */
  readonly classes?: number
}
export interface BuiltImageEncoder extends AnyImageEncoder {
  readonly weights: WeightSource
  /** What it sees on the way, where that has places. */
  readonly trunk?: PictureTrunk
  /** Vectors by name, [batch, width] each, of pictures as `input` makes them: [batch, 3, size, size]. */
  build(scope: Scope, image: FeatureMap): Readonly<Record<string, Value>>
}
/** The convolutions of a network that sees pictures. */
export interface PictureTrunk {
  /** Sides of pictures have to be multiples of it. */
  readonly scale: number
  /** What is seen of pictures [batch, 3, side, side] in -1 to 1, one map for each size, the largest first. */
  levels(scope: Scope, image: FeatureMap): readonly FeatureMap[]
}
/**
 * An ONNX file that is run as it is: `pixel_values` to `image_embeds`, the one vector that it has, whatever it is asked
 * for as.
 */
export interface ExportedImageEncoder extends AnyImageEncoder {
  readonly file: string
  /** What else it has to be fed. */
  readonly beside: ExportedFeeds
}

/** Vectors of pictures, one a row. */
export interface PictureVectors {
  readonly count: number
  readonly width: number
  readonly values: Float32Array
}

/** Pictures that a network sees at once: more gain nothing on a processor, and memory stays small. */
const atOnce = 16

export interface EncodingOptions {
  readonly signal?: AbortSignal
  /** After each run of the network: how many pictures are done. */
  readonly onPictures?: (done: number) => void
}

/**
 * The vectors that the network gives under `output`, for pictures of any size as they come: only a few are held at a
 * time.
 * @throws RangeError for no picture at all
 */
export async function encodePictures(
  sessions: Sessions,
  encoder: ImageEncoder,
  output: string,
  pictures: Iterable<ImageTensor> | AsyncIterable<ImageTensor>,
  { signal, onPictures }: EncodingOptions = {},
): Promise<PictureVectors> {
  const { size } = encoder.input
  const parts: Float32Array[] = []
  let [waiting, count]: [Float32Array[], number] = [[], 0]
  await sessions.with(sessionOf(encoder), async (session) => {
    const flush = async (): Promise<void> => {
      if (waiting.length === 0) return
      signal?.throwIfAborted()
      parts.push(await vectorsOf(session, encoder, output, float32([waiting.length, 3, size, size], joined(waiting))))
      count += waiting.length
      waiting = []
      onPictures?.(count)
    }
    for await (const picture of pictures) {
      waiting.push(pixelsFor(encoder.input, picture))
      if (waiting.length === atOnce) await flush()
    }
    await flush()
  })
  if (count === 0) throw new RangeError('There are no pictures to look at')
  const values = joined(parts)
  return { count, width: values.length / count, values }
}

async function vectorsOf(
  session: Session,
  encoder: ImageEncoder,
  output: string,
  pixels: Tensor,
): Promise<Float32Array> {
  if ('file' in encoder) {
    const results = await runExported(session, encoder.file, { pixel_values: pixels, ...encoder.beside })
    return results('image_embeds').data
  }
  const outputs = await session.run({ image: pixels })
  return requireFloat32(outputs[output], `Output ${output} of ${encoder.name}`).data
}

/** One picture as a network wants it: [3, size, size]. */
export function pixelsFor({ size, fit, method, mean, deviation }: PictureInput, picture: ImageTensor): Float32Array {
  const opaque = withoutAlpha(picture)
  const { width, height } = sizeOfImage(opaque)
  const fits = width === size && height === size
  const fitting = fits ? opaque : resizeToFit(opaque, { width: size, height: size }, fit, method)
  const values = planesOf(fitting, { low: 0, high: 1 }).data
  const pixels = size * size
  return values.map((value, i) => {
    const channel = Math.floor(i / pixels)
    return (value - numberAt(mean, channel)) / (deviation[channel] ?? 1)
  })
}

function sessionOf(encoder: ImageEncoder): SessionRequest {
  if ('file' in encoder) return { key: encoder.key, build: () => exportedModel(encoder.file) }
  const build = () => {
    const graph = new Graph()
    const image = featureMap(graph.input('image', 'float32', ['batch', 3, encoder.input.size, encoder.input.size]))
    for (const [name, value] of Object.entries(encoder.build(new Scope(graph), image))) graph.output(name, value)
    return { graph, weights: encoder.weights }
  }
  return { key: `${encoder.key}|image-encoder`, build }
}

export function joined(parts: readonly Float32Array[]): Float32Array {
  const [only] = parts
  if (only && parts.length === 1) return only
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
