import sharp from 'sharp'
import { openPicture, withPictures } from './open-picture.ts'

export interface Size {
  readonly width: number
  readonly height: number
}

/** The size of a picture that came with a request, and whether any of it may be transparent. */
export async function pictureSize(bytes: Buffer, pixelLimit: number): Promise<Size & { readonly hasAlpha: boolean }> {
  return withPictures(async () => {
    const { width, height, hasAlpha } = await openPicture(bytes, pixelLimit).metadata()
    const { isOpaque } = hasAlpha ? await openPicture(bytes, pixelLimit).stats() : { isOpaque: true }
    return { width, height, hasAlpha: !isOpaque }
  })
}

/** A picture at another size as PNG, without its transparency. */
export const fitPicture = (bytes: Buffer, { width, height }: Size, pixelLimit: number): Promise<Buffer> =>
  withPictures(() =>
    openPicture(bytes, pixelLimit).rotate().removeAlpha().resize(width, height, { fit: 'cover' }).png().toBuffer(),
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
  withPictures(async () => {
    const picture = openPicture(mask, pixelLimit)
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

/** A picture at another size in a format that is asked for. */
export const pictureAs = (
  bytes: Buffer,
  format: 'png' | 'jpeg' | 'webp',
  { width, height }: Size,
  pixelLimit: number,
): Promise<Buffer> =>
  withPictures(() => openPicture(bytes, pixelLimit).resize(width, height, { fit: 'fill' }).toFormat(format).toBuffer())
