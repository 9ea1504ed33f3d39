import { withPngTexts } from '@patchbay/nodes/picture-texts'
import sharp from 'sharp'
import { Failure } from '../failure.ts'
import { textsInPicture } from './picture-file.ts'

/**
 * The original with the transparency of another picture, which is scaled to its size, as a PNG with the original's
 * texts: how a mask that was painted over a picture is kept.
 */
export async function withAlphaOf(original: string, mask: Buffer, pixelLimit: number): Promise<Buffer> {
  try {
    const colours = sharp(original, { limitInputPixels: pixelLimit }).removeAlpha().toColourspace('srgb')
    const { data, info } = await colours.raw().toBuffer({ resolveWithObject: true })
    const { width, height, channels } = info
    const alpha = await sharp(mask, { limitInputPixels: pixelLimit })
      .ensureAlpha()
      .extractChannel(3)
      .resize(width, height, { fit: 'fill' })
      .raw()
      .toBuffer()
    const joined = sharp(data, { raw: { width, height, channels } }).joinChannel(alpha, {
      raw: { width, height, channels: 1 },
    })
    return Buffer.from(await withPngTexts(await joined.png().toBuffer(), await textsInPicture(original)))
  } catch {
    throw new Failure('wrong-file-type', 'One of the pictures cannot be read, or has too many pixels.')
  }
}

/** A black picture with the transparency of another. */
export async function alphaAlone(path: string, pixelLimit: number): Promise<Buffer> {
  const alpha = sharp(path, { limitInputPixels: pixelLimit }).ensureAlpha().extractChannel(3)
  const { data, info } = await alpha.raw().toBuffer({ resolveWithObject: true })
  const { width, height } = info
  const black = { create: { width, height, channels: 3, background: 'black' } } as const
  return sharp(black)
    .joinChannel(data, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer()
}
