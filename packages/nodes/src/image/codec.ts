import sharp, { type Sharp } from 'sharp'
import { float32 } from '@patchbay/onnx/tensor'
import { pictureTexts, withPngTexts, type PictureTexts } from '../picture-texts/index.ts'
import { withWebpExif } from '../picture-texts/webp.ts'
import { jpegXmpLimit, xmpOf } from '../picture-texts/xmp.ts'
import { decodeBmp, isBmp } from './bmp.ts'
import { bytesOf, sizeOfImage, type ImageTensor, type MaskTensor, type Rounding } from './image.ts'

export const imageFormats = ['png', 'webp', 'jpeg'] as const
export type ImageFormat = (typeof imageFormats)[number]
export const mimeOf = { png: 'image/png', webp: 'image/webp', jpeg: 'image/jpeg' } as const
export const extensionOf = { png: 'png', webp: 'webp', jpeg: 'jpg' } as const

/** No picture of more pixels is decoded: a small file can claim to be a large one. */
export const mostPixels = 16_384 * 16_384

export interface DecodedImage {
  /** [1, height, width, 3], turned as its EXIF says */
  readonly image: ImageTensor
  /** [1, height, width], straight alpha; undefined for a picture without an alpha channel */
  readonly alpha?: MaskTensor
  readonly texts: PictureTexts
}

/**
 * A picture file: PNG, JPEG, WebP, AVIF, GIF (its first frame), TIFF, BMP or SVG. Throws an Error that says what is
 * wrong with it.
 */
export async function decodeImage(bytes: Uint8Array): Promise<DecodedImage> {
  const input = isBmp(bytes) ? inputOfBmp(bytes) : sharp(bytes, { limitInputPixels: mostPixels, failOn: 'error' })
  const metadata = await input.metadata().catch((cause: unknown) => {
    if (cause instanceof Error && cause.message.includes('pixel limit')) {
      const most = mostPixels / 2 ** 20
      throw new Error(`The picture has more than the ${most} megapixels that are read: make it smaller.`, { cause })
    }
    throw new Error('The file is no picture that can be read (PNG, JPEG, WebP, AVIF, GIF, TIFF, BMP or SVG).', {
      cause,
    })
  })
  const isDeep = metadata.depth === 'ushort'
  const { data, info } = await input
    .rotate()
    .toColourspace(isDeep ? 'rgb16' : 'srgb')
    .ensureAlpha()
    .raw({ depth: isDeep ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch((cause: unknown) => {
      throw new Error(`The picture is damaged: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    })
  const values = isDeep ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) : data
  const { width, height } = info
  const scale = 1 / (isDeep ? 65_535 : 255)
  const rgb = new Float32Array(width * height * 3)
  const alpha = new Float32Array(width * height)
  for (let pixel = 0; pixel < alpha.length; pixel++) {
    for (let c = 0; c < 3; c++) rgb[pixel * 3 + c] = values[pixel * 4 + c] * scale
    alpha[pixel] = values[pixel * 4 + 3] * scale
  }
  return {
    image: float32([1, height, width, 3], rgb),
    ...(metadata.hasAlpha && { alpha: float32([1, height, width], alpha) }),
    texts: await pictureTexts(bytes),
  }
}

/** libvips reads no bitmaps: their pixels are given to it. */
function inputOfBmp(bytes: Uint8Array): Sharp {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [width, height] = bytes.length < 26 ? [0, 0] : [view.getInt32(18, true), Math.abs(view.getInt32(22, true))]
  if (!(width > 0 && height > 0 && width * height <= mostPixels)) {
    throw new Error(`The picture is damaged: it says that it has ${width} × ${height} pixels.`)
  }
  try {
    const { data, hasAlpha, ...size } = decodeBmp(bytes)
    const raw = sharp(data, { raw: { ...size, channels: 4 } })
    return hasAlpha ? raw : raw.removeAlpha()
  } catch (cause) {
    throw new Error(`The picture is damaged: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

export interface EncodeOptions {
  readonly format: ImageFormat
  /** 1 to 100, for JPEG and WebP; 100 makes WebP lossless. Default 90. */
  readonly quality?: number
  readonly rounding?: Rounding
  /** Carried in the file. A JPEG holds about 60 kB of them, compressed; more is left out. */
  readonly texts?: PictureTexts
}

/** One picture of a batch as a file. */
export async function encodeImage(image: ImageTensor, index: number, options: EncodeOptions): Promise<Buffer> {
  const { format, quality = 90, texts = {}, rounding } = options
  const { batch, height, width, channels } = sizeOfImage(image)
  if (index < 0 || index >= batch) throw new RangeError(`There is no picture ${index} in a batch of ${batch}`)
  const length = height * width * channels
  const bytes = bytesOf(image.data.subarray(index * length, (index + 1) * length), rounding)
  const raw = sharp(bytes, { raw: { width, height, channels: channels === 4 ? 4 : 3 } })
  const hasTexts = Object.keys(texts).length > 0
  switch (format) {
    case 'png': {
      const png = await raw.png({ compressionLevel: 6 }).toBuffer()
      return hasTexts ? Buffer.from((await withPngTexts(png, texts)).buffer) : png
    }
    case 'webp':
    case 'jpeg': {
      const xmp = hasTexts ? await xmpOf(texts, format === 'jpeg' ? jpegXmpLimit : undefined) : undefined
      const tagged = xmp === undefined ? raw : raw.withXmp(xmp)
      if (format === 'webp') {
        return Buffer.from(withWebpExif(await tagged.webp({ quality, lossless: quality === 100 }).toBuffer(), texts))
      }
      return tagged.flatten({ background: '#ffffff' }).jpeg({ quality, chromaSubsampling: '4:4:4' }).toBuffer()
    }
    default:
      return format satisfies never
  }
}
