import sharp from 'sharp'
import { Failure } from '../failure.ts'

export interface Size {
  readonly width: number
  readonly height: number
}

/** The size of a picture that came with a request, and whether any of it may be transparent. */
export async function pictureSize(bytes: Buffer, pixelLimit: number): Promise<Size & { readonly hasAlpha: boolean }> {
  return reading(async () => {
    const { width, height, hasAlpha } = await sharp(bytes, { limitInputPixels: pixelLimit }).metadata()
    const { isOpaque } = hasAlpha ? await sharp(bytes, { limitInputPixels: pixelLimit }).stats() : { isOpaque: true }
    return { width, height, hasAlpha: !isOpaque }
  })
}

/** A picture at another size as PNG, without its transparency. */
export const fitPicture = (bytes: Buffer, { width, height }: Size, pixelLimit: number): Promise<Buffer> =>
  reading(() =>
    sharp(bytes, { limitInputPixels: pixelLimit })
      .rotate()
      .removeAlpha()
      .resize(width, height, { fit: 'cover' })
      .png()
      .toBuffer(),
  )

/**
 * What is to be made anew, as a PNG that is transparent there: where `mask` is transparent (`alpha`) or light
 * (`light`), or the other way round where it is `inverted`.
 */
export const fitMask = (
  mask: Buffer,
  { width, height }: Size,
  { from, inverted = false }: { readonly from: 'alpha' | 'light'; readonly inverted?: boolean },
  pixelLimit: number,
): Promise<Buffer> =>
  reading(async () => {
    const picture = sharp(mask, { limitInputPixels: pixelLimit })
    const shown = from === 'alpha' ? picture.ensureAlpha().extractChannel(3) : picture.flatten().greyscale()
    const isOpposite = (from === 'light') !== inverted
    const alpha = await (isOpposite ? shown.negate() : shown)
      .resize(width, height, { fit: 'cover' })
      .toColourspace('b-w')
      .raw()
      .toBuffer()
    const black = { create: { width, height, channels: 3, background: 'black' } } as const
    return sharp(black)
      .joinChannel(alpha, { raw: { width, height, channels: 1 } })
      .png()
      .toBuffer()
  })

async function reading<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch {
    throw new Failure('wrong-file-type', 'The picture cannot be read, or it has too many pixels.', {
      hint: 'Send a PNG, JPEG or WebP.',
    })
  }
}
