import { withPngTexts } from '@patchbay/nodes/picture-texts'
import sharp from 'sharp'
import { decoding } from './decoding.ts'
import { textsInPicture } from './picture-file.ts'

/**
 * The original with the transparency of another picture, which is scaled to its size, as a PNG with the original's
 * texts: how a mask that was painted over a picture is kept.
 */
export const withAlphaOf = (original: string, mask: Buffer, pixelLimit: number): Promise<Buffer> =>
  decoding(pixelLimit, async (opened) => {
    const colours = (await opened(original)).removeAlpha().toColourspace('srgb')
    const { data, info } = await colours.raw().toBuffer({ resolveWithObject: true })
    const { width, height, channels } = info
    const alpha = await (
      await opened(mask)
    )
      .ensureAlpha()
      .extractChannel(3)
      .resize(width, height, { fit: 'fill' })
      .raw()
      .toBuffer()
    const joined = sharp(data, { raw: { width, height, channels } }).joinChannel(alpha, {
      raw: { width, height, channels: 1 },
    })
    return Buffer.from(await withPngTexts(await joined.png().toBuffer(), await textsInPicture(original)))
  })

/** A black picture with the transparency of another. */
export const alphaAlone = (path: string, pixelLimit: number): Promise<Buffer> =>
  decoding(pixelLimit, async (opened) => {
    const alpha = (await opened(path)).ensureAlpha().extractChannel(3)
    const { data, info } = await alpha.raw().toBuffer({ resolveWithObject: true })
    const { width, height } = info
    const black = { create: { width, height, channels: 3, background: 'black' } } as const
    return sharp(black)
      .joinChannel(data, { raw: { width, height, channels: 1 } })
      .png()
      .toBuffer()
  })
