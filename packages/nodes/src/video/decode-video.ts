import { decodeApng } from 'fast-png'
import sharp from 'sharp'
import { float32, numberAt } from '@patchbay/onnx/tensor'
import { decodeFrames, isAnimatedPng } from '../image/frames.ts'
import { sizeOfImage, withAlpha, type ImageTensor } from '../image/image.ts'
import { decodeMedia } from './media-file.ts'
import { usualFps, type Video } from './video.ts'

/** What the names of files end in that are opened as video. */
export const videoEndings: readonly string[] = ['.webp', '.gif', '.png', '.apng', '.mp4', '.webm', '.mov', '.mkv']

export interface DecodedVideo {
  readonly video: Video
  /** What of the file could not be kept, as sentences. */
  readonly warnings: readonly string[]
}

/** How far the time of a frame may be from a whole number of the shortest, as a share of it. */
const slack = 0.1

/**
 * A video file: an animated WebP, GIF or PNG, MP4 or WebM; a picture that does not move is a video of one frame. Throws
 * an Error that says what is wrong with it.
 */
export async function decodeVideo(bytes: Uint8Array): Promise<DecodedVideo> {
  if (!(await isPicture(bytes))) return decodeMedia(bytes)
  const { image: colours, alpha } = await decodeFrames(bytes)
  const image = alpha ? withAlpha(colours, alpha) : colours
  const { batch } = sizeOfImage(image)
  const delays = await delaysIn(bytes, batch)
  if (delays.length !== batch || delays.some((delay) => delay <= 0)) {
    const warnings =
      batch > 1 ? [`The file does not say how fast it plays: ${usualFps} frames a second are taken.`] : []
    return { video: { frames: image, fps: usualFps }, warnings }
  }
  const shortest = Math.min(...delays)
  const total = delays.reduce((sum, delay) => sum + delay, 0)
  const times = delays.map((delay) => Math.round(delay / shortest))
  const isEven = delays.every((delay, k) => Math.abs(delay / shortest - numberAt(times, k)) <= slack)
  if (!isEven) {
    const fps = (batch * 1000) / total
    const told = Number(fps.toPrecision(3))
    return {
      video: { frames: image, fps },
      warnings: [
        `Its frames last ${shortest} to ${Math.max(...delays)} ms: each is taken as equally long, ${told} a second.`,
      ],
    }
  }
  const count = times.reduce((sum, one) => sum + one, 0)
  return { video: { frames: repeated(image, times), fps: (count * 1000) / total }, warnings: [] }
}

async function isPicture(bytes: Uint8Array): Promise<boolean> {
  return sharp(bytes)
    .metadata()
    .then(
      () => true,
      () => false,
    )
}

/** How long each frame of an animated picture is shown, in milliseconds; of any other none. */
async function delaysIn(bytes: Uint8Array, frames: number): Promise<readonly number[]> {
  if (frames === 1) return [1000 / usualFps]
  if (isAnimatedPng(bytes)) {
    return decodeApng(bytes).frames.map(
      ({ delayNumber, delayDenominator }) => (delayNumber * 1000) / (delayDenominator || 100),
    )
  }
  return (await sharp(bytes, { pages: -1 }).metadata()).delay ?? []
}

/** Each frame so many times. */
function repeated(image: ImageTensor, times: readonly number[]): ImageTensor {
  if (times.every((one) => one === 1)) return image
  const { height, width, channels } = sizeOfImage(image)
  const size = height * width * channels
  const places = times.flatMap((one, k) => Array.from({ length: one }, () => k))
  const data = new Float32Array(places.length * size)
  for (const [to, from] of places.entries()) data.set(image.data.subarray(from * size, (from + 1) * size), to * size)
  return float32([places.length, height, width, channels], data)
}
