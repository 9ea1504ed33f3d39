import type { Audio } from '../audio/audio.ts'
import { isImage, sizeOfImage, type ImageTensor } from '../image/image.ts'

/** A moving picture as it passes between nodes. */
export interface Video {
  /** [frames, height, width, 3 or 4], 0 to 1, sRGB */
  readonly frames: ImageTensor
  /** Frames a second, above 0. */
  readonly fps: number
  readonly audio?: Audio
}

/** Frames a second of pictures that nobody gave a pace. */
export const usualFps = 8
export const mostFps = 240

/** Pictures of a batch as a video at the usual pace. */
export function videoOfImage(frames: ImageTensor): Video {
  return { frames, fps: usualFps }
}

export function isVideo(value: unknown): value is Video {
  return typeof value === 'object' && value !== null && 'frames' in value && 'fps' in value && isImage(value.frames)
}

/** How long it plays, in seconds. */
export function lengthOfVideo({ frames, fps }: Video): number {
  return sizeOfImage(frames).batch / fps
}

/**
 * How long each frame is shown, in whole multiples of `unit` milliseconds, so that the sum over the frames never leaves
 * the true length by more than half a unit.
 */
export function delaysOf({ frames, fps }: Video, unit: number): number[] {
  const endOf = (frame: number) => Math.round((frame * 1000) / fps / unit)
  return Array.from({ length: sizeOfImage(frames).batch }, (_, k) => Math.max(1, endOf(k + 1) - endOf(k)) * unit)
}
