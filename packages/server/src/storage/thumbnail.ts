import { decoding } from './decoding.ts'

/**
 * A WebP that fits a square of `size` pixels. Of an animation it moves as well. A picture of more than
 * `pixelLimit` pixels, or one that lies about itself, is refused.
 */
export const makeThumbnail = (
  bytes: Uint8Array,
  { size, pixelLimit, signal }: { readonly size: number; readonly pixelLimit: number; readonly signal?: AbortSignal },
): Promise<Buffer> =>
  decoding(
    pixelLimit,
    async (opened) =>
      (await opened(bytes, 'all frames'))
        .rotate()
        .resize(size, size, { fit: 'inside', withoutEnlargement: true })
        .webp({ quality: 80 })
        .toBuffer(),
    signal,
  )

export interface Conversion {
  readonly format: 'png' | 'jpeg' | 'webp'
  readonly quality: number
  readonly pixelLimit: number
  /** `rgb` drops the transparency, `a` keeps only it. */
  readonly channel: string | undefined
  /** Aborted when the asker goes away. */
  readonly signal?: AbortSignal
}

/** A picture in another format, or one part of its channels. */
export const convertPicture = (
  path: string,
  { format, quality, pixelLimit, channel, signal }: Conversion,
): Promise<Buffer> =>
  decoding(
    pixelLimit,
    async (opened) => {
      const picture = await opened(path)
      const part =
        channel === 'rgb' ? picture.removeAlpha() : channel === 'a' ? picture.ensureAlpha().extractChannel(3) : picture
      return part.toFormat(format, format === 'png' ? {} : { quality }).toBuffer()
    },
    signal,
  )
