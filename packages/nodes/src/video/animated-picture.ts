import sharp from 'sharp'
import type { PictureTexts } from '../picture-texts/index.ts'
import { withWebpExif } from '../picture-texts/webp.ts'
import { xmpOf } from '../picture-texts/xmp.ts'
import { bytesOf, sizeOfImage, type Rounding } from '../image/image.ts'
import { delaysOf, type Video } from './video.ts'

export const animatedFormats = ['webp', 'gif'] as const
export type AnimatedFormat = (typeof animatedFormats)[number]

export interface AnimationOptions {
  readonly format: AnimatedFormat
  /** 0 to 100, for WebP; 100 makes it lossless. Default 90. */
  readonly quality?: number
  /** How often it plays; 0 is for ever. Default 0. */
  readonly loops?: number
  readonly rounding?: Rounding
  /** Carried in a WebP; a GIF holds none. */
  readonly texts?: PictureTexts
}

/** A side of a picture that WebP can hold, in pixels (RFC 9649, §2.7.1.1). */
const mostWebpSide = 16_383
/** What libvips takes as one stack of frames. */
const mostStack = 10_000_000

/**
 * A silent video as an animated picture. Frames that equal the one before share its place in the file and add to its
 * time. Throws a RangeError for frames that the format cannot hold.
 */
export async function encodeAnimation(video: Video, options: AnimationOptions): Promise<Buffer> {
  const { format, quality = 90, loops = 0, rounding, texts = {} } = options
  const { batch, height, width, channels } = sizeOfImage(video.frames)
  if (format === 'webp' && Math.max(width, height) > mostWebpSide) {
    throw new RangeError(`A WebP has sides of at most ${mostWebpSide} px, but the video is ${width} × ${height}.`)
  }
  if (height * batch > mostStack) {
    throw new RangeError(`${batch} frames of ${height} px are more than one file holds: save fewer frames at once.`)
  }
  const raw = sharp(bytesOf(video.frames.data, rounding), {
    raw: { width, height: height * batch, channels: channels === 4 ? 4 : 3, pageHeight: height },
    limitInputPixels: false,
  })
  if (format === 'gif')
    return raw.gif({ delay: delaysOf(video, 10), loop: loops, keepDuplicateFrames: true }).toBuffer()
  const xmp = Object.keys(texts).length > 0 ? await xmpOf(texts) : undefined
  const tagged = xmp === undefined ? raw : raw.withXmp(xmp)
  const delay = delaysOf(video, 1)
  const webp = await tagged
    .webp({ quality: Math.max(1, quality), lossless: quality === 100, exact: true, delay, loop: loops })
    .toBuffer()
  return Buffer.from(withWebpExif(webp, texts))
}
