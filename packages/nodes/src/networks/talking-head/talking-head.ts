import { Graph, requireFloat32, Scope, type WeightSource } from '@patchbay/onnx'
import { float32, numberAt, type Tensor } from '@patchbay/onnx/tensor'
import { wav2lip, soundWindow, type Wav2LipConfig } from '../../architectures/wav2lip/wav2lip.ts'
import { detectWav2Lip, wav2lipWeights } from '../../architectures/wav2lip/wav2lip-weights.ts'
import type { ImageTensor } from '../../image/image.ts'
import { CheckpointError } from '../../weights/checkpoint-error.ts'
import { looksLike } from '../../weights/looks-like.ts'
import type { Sessions } from '../sessions.ts'

/** A network that makes a face speak, as chosen in a graph: nothing is loaded until it is run. */
export interface TalkingHeadModel {
  readonly key: string
  readonly title: string
  readonly config: Wav2LipConfig
  readonly weights: WeightSource
}

/** @throws CheckpointError that says what the file looks like, where it is no Wav2Lip */
export function parseTalkingHead(source: WeightSource, key: string): TalkingHeadModel {
  const config = detectWav2Lip(source)
  if (config) return { key, title: source.title, config, weights: wav2lipWeights(source) }
  throw new CheckpointError(
    `${source.title} is no talking head that is known (Wav2Lip): it looks like ${looksLike(source, 'LoadTalkingHead')}`,
  )
}

/** The graph of a talking head: `sound` and `face` to `made`, as `wav2lip` has them. */
export function talkingHeadGraph(config: Wav2LipConfig): Graph {
  const graph = new Graph()
  const sound = graph.input('sound', 'float32', ['batch', 1, soundWindow.bands, soundWindow.columns])
  const face = graph.input('face', 'float32', ['batch', 6, config.size, config.size])
  graph.output('made', wav2lip(new Scope(graph), config, sound, face))
  return graph
}

const atOnce = 16

export interface SpeakingOptions {
  readonly fps: number
  readonly frames: number
  readonly signal?: AbortSignal
  readonly onFrames?: (done: number, frames: number) => void
}

/**
 * The face while it says what is heard.
 * @param face [1, size, size, 3], 0 to 1, of the size of the network
 * @param mel [80, columns], Wav2Lip's mel spectrogram of the whole sound
 * @returns [frames, size, size, 3], 0 to 1
 */
export async function speakingFaces(
  sessions: Sessions,
  { key, config, weights }: TalkingHeadModel,
  face: ImageTensor,
  mel: Tensor,
  { fps, frames, signal, onFrames }: SpeakingOptions,
): Promise<ImageTensor> {
  const seen = faceInput(face, config.size)
  const made = new Float32Array(frames * config.size ** 2 * 3)
  await sessions.with({ key, build: () => ({ graph: talkingHeadGraph(config), weights }) }, async (session) => {
    for (let first = 0; first < frames; first += atOnce) {
      signal?.throwIfAborted()
      const count = Math.min(atOnce, frames - first)
      const sound = soundInput(
        mel,
        Array.from({ length: count }, (_, i) => first + i),
        fps,
        config.lead,
      )
      const { made: planes } = await session.run({ sound, face: repeated(seen, count) })
      made.set(
        imageOfBlueFirst(requireFloat32(planes, 'The talking head').data, config.size),
        (first * seen.length) / 2,
      )
      onFrames?.(first + count, frames)
    }
  })
  return float32([frames, config.size, config.size, 3], made)
}

/** [6, size, size]: blue, green, red without the lower half, and whole. */
export function faceInput({ data }: ImageTensor, size: number): Float32Array {
  const plane = size * size
  const planes = new Float32Array(6 * plane)
  for (let channel = 0; channel < 3; channel++) {
    for (let i = 0; i < plane; i++) {
      const value = numberAt(data, i * 3 + 2 - channel)
      planes[(3 + channel) * plane + i] = value
      if (i < plane / 2) planes[channel * plane + i] = value
    }
  }
  return planes
}

/** The sounds of frames, [frames, 1, 80, 16]: windows of the mel spectrogram, with silence beyond its ends. */
export function soundInput(mel: Tensor, frames: readonly number[], fps: number, lead: number): Tensor {
  const { bands, columns, perSecond } = soundWindow
  const length = numberAt(mel.shape, 1)
  const silence = -4
  const windows = new Float32Array(frames.length * bands * columns).fill(silence)
  for (const [i, frame] of frames.entries()) {
    const start = Math.trunc((perSecond * (frame - lead)) / fps)
    for (let column = Math.max(0, -start); column < columns && start + column < length; column++)
      for (let band = 0; band < bands; band++)
        windows[(i * bands + band) * columns + column] = numberAt(mel.data, band * length + start + column)
  }
  return float32([frames.length, 1, bands, columns], windows)
}

function repeated(planes: Float32Array, count: number): Tensor {
  const all = new Float32Array(count * planes.length)
  for (let i = 0; i < count; i++) all.set(planes, i * planes.length)
  const size = Math.sqrt(planes.length / 6)
  return float32([count, 6, size, size], all)
}

/** [n, 3, size, size] of blue, green and red as [n, size, size, 3] of red, green and blue. */
function imageOfBlueFirst(planes: Float32Array, size: number): Float32Array {
  const plane = size * size
  return planes.map((_, i) => {
    const [picture, inside] = [Math.floor(i / (3 * plane)), i % (3 * plane)]
    return numberAt(planes, (picture * 3 + 2 - (inside % 3)) * plane + Math.floor(inside / 3))
  })
}
