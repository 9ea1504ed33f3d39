import { decodeApng, hasPngSignature } from 'fast-png'
import sharp from 'sharp'
import { float32 } from '@patchbay/onnx/tensor'
import { pictureTexts } from '../picture-texts/index.ts'
import { concatBatch } from '../tensor/index.ts'
import { decodeImage, mostPixels, type DecodedImage } from './codec.ts'

/**
 * A picture file with all its frames as a batch: animated GIF, WebP and PNG, TIFF of several pages; else as
 * `decodeImage` gives it. Throws an Error that says what is wrong with it.
 */
export async function decodeFrames(bytes: Uint8Array): Promise<DecodedImage> {
  if (isAnimatedPng(bytes)) return animatedPng(bytes)
  const { format = '', pages = 1, width, height, pageHeight = height } = await metadataOf(bytes)
  if (pages < 2 || !['gif', 'webp', 'tiff'].includes(format)) return decodeImage(bytes)
  // Frames of other sizes than the first are left out, and then no frame follows it.
  if (width * pageHeight * pages > mostPixels) {
    throw new Error(`The file has ${pages} frames of ${width} × ${pageHeight} pixels, more than ${mostPixels} in all.`)
  }
  const stack = await sharp(bytes, { pages: -1, limitInputPixels: mostPixels })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer()
    .catch(() => undefined)
  if (!stack) return decodeImage(bytes)
  const { hasAlpha } = await sharp(bytes).metadata()
  return {
    ...pictureOfBytes(stack, { batch: pages, height: pageHeight, width }, hasAlpha),
    texts: await pictureTexts(bytes),
  }
}

async function metadataOf(bytes: Uint8Array) {
  return sharp(bytes, { limitInputPixels: mostPixels })
    .metadata()
    .catch(() => ({ format: undefined, pages: 1, width: 0, height: 0, pageHeight: 0 }))
}

/** Whether a PNG says, before its pixels, that frames follow. */
export function isAnimatedPng(bytes: Uint8Array): boolean {
  if (!hasPngSignature(bytes)) return false
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    if (type === 'acTL') return at + 12 <= bytes.length && view.getUint32(at + 8) > 1
    if (type === 'IDAT') return false
  }
  return false
}

async function animatedPng(bytes: Uint8Array): Promise<DecodedImage> {
  const whole = await decodeImage(bytes)
  const { width, height, depth, channels, palette, frames } = decodeApng(bytes)
  const most = 2 ** (palette ? 8 : depth) - 1
  const own = palette?.[0]?.length ?? channels
  const images = frames.map(({ data }) => {
    const values = palette ? [...data].flatMap((index) => palette[index] ?? []) : data
    return bytesOfFrame(values, own, most)
  })
  const hasAlpha = own === 2 || own === 4
  const parts = images.map((rgba) => pictureOfBytes(rgba, { batch: 1, height, width }, hasAlpha))
  const alphas = parts.flatMap(({ alpha }) => alpha ?? [])
  return {
    image: concatBatch(parts.map(({ image }) => image)),
    ...(alphas.length > 0 && { alpha: concatBatch(alphas) }),
    texts: whole.texts,
  }
}

/** Red, green, blue and alpha from 0 to 255 of values of 1 (grey) to 4 channels from 0 to `most`. */
function bytesOfFrame(values: ArrayLike<number>, channels: number, most: number): Float32Array {
  const pixels = values.length / channels
  const rgba = new Float32Array(pixels * 4)
  const isGrey = channels < 3
  for (let pixel = 0; pixel < pixels; pixel++) {
    const at = (channel: number) => (values[pixel * channels + channel] / most) * 255
    for (let c = 0; c < 3; c++) rgba[pixel * 4 + c] = at(isGrey ? 0 : c)
    rgba[pixel * 4 + 3] = channels % 2 === 0 ? at(channels - 1) : 255
  }
  return rgba
}

/** A batch of pictures of red, green, blue and alpha from 0 to 255. */
function pictureOfBytes(
  rgba: ArrayLike<number>,
  { batch, height, width }: { readonly batch: number; readonly height: number; readonly width: number },
  hasAlpha: boolean,
): Omit<DecodedImage, 'texts'> {
  const pixels = batch * height * width
  const rgb = new Float32Array(pixels * 3)
  const alpha = new Float32Array(pixels)
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let c = 0; c < 3; c++) rgb[pixel * 3 + c] = rgba[pixel * 4 + c] / 255
    alpha[pixel] = rgba[pixel * 4 + 3] / 255
  }
  return {
    image: float32([batch, height, width, 3], rgb),
    ...(hasAlpha && { alpha: float32([batch, height, width], alpha) }),
  }
}
