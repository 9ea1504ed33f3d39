import sharp from 'sharp'
import { Failure } from '../failure.ts'

/**
 * A WebP that fits a square of `size` pixels. A picture of more than `pixelLimit` pixels, or one that lies about
 * itself, is refused.
 */
export async function makeThumbnail(bytes: Uint8Array, size: number, pixelLimit: number): Promise<Buffer> {
  try {
    return await sharp(bytes, { limitInputPixels: pixelLimit, sequentialRead: true })
      .rotate()
      .resize(size, size, { fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 80 })
      .toBuffer()
  } catch {
    throw new Failure('wrong-file-type', 'The picture cannot be read, or it has too many pixels.')
  }
}

export interface Conversion {
  readonly format: 'png' | 'jpeg' | 'webp'
  readonly quality: number
  readonly pixelLimit: number
  /** `rgb` drops the transparency, `a` keeps only it. */
  readonly channel: string | undefined
}

/** A picture in another format, or one part of its channels. */
export async function convertPicture(
  path: string,
  { format, quality, pixelLimit, channel }: Conversion,
): Promise<Buffer> {
  try {
    const picture = sharp(path, { limitInputPixels: pixelLimit })
    const part =
      channel === 'rgb' ? picture.removeAlpha() : channel === 'a' ? picture.ensureAlpha().extractChannel(3) : picture
    return await part.toFormat(format, format === 'png' ? {} : { quality }).toBuffer()
  } catch {
    throw new Failure('wrong-file-type', 'The picture cannot be read, or it has too many pixels.')
  }
}
