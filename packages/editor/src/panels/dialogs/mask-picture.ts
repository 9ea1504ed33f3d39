import { decode, encode } from 'fast-png'

/** A picture's pixels: `data` is [height, width, 4], red, green, blue and alpha from 0 to 255, not premultiplied. */
export interface Pixels {
  readonly width: number
  readonly height: number
  readonly data: Uint8ClampedArray<ArrayBuffer>
}

/**
 * The pixels of a PNG of 8 bits, with the colours that lie under its transparency; undefined for any other file. A
 * browser's canvas keeps colours multiplied by their alpha, so what is transparent there has no colour any more.
 */
export function pixelsOfPng(bytes: Uint8Array): Pixels | undefined {
  const signature = [0x89, 0x50, 0x4e, 0x47]
  if (!signature.every((byte, index) => bytes[index] === byte)) return undefined
  const { width, height, channels, depth, data, palette } = decode(bytes)
  if (depth !== 8 || palette || (channels !== 3 && channels !== 4)) return undefined
  const pixels = new Uint8ClampedArray(width * height * 4)
  for (let at = 0; at < width * height; at++) {
    for (let channel = 0; channel < 4; channel++) {
      pixels[at * 4 + channel] = channel < channels ? (data[at * channels + channel] ?? 0) : 255
    }
  }
  return { width, height, data: pixels }
}

/** The picture with nothing transparent: what is painted over. */
export function opaque({ width, height, data }: Pixels): Pixels {
  const shown = data.slice()
  for (let at = 3; at < shown.length; at += 4) shown[at] = 255
  return { width, height, data: shown }
}

/** The mask that a picture carries as its transparency, in one colour: as opaque as the picture is transparent. */
export function maskOf({ width, height, data }: Pixels, [red, green, blue]: readonly [number, number, number]): Pixels {
  const mask = new Uint8ClampedArray(data.length)
  for (let at = 0; at < data.length; at += 4) mask.set([red, green, blue, 255 - (data[at + 3] ?? 255)], at)
  return { width, height, data: mask }
}

/**
 * A PNG of the picture whose alpha is the mask, upside down: transparent where it is painted, each colour as it was.
 */
export function maskedPng(picture: Pixels, mask: Pixels): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(picture.data)
  if (mask.data.length !== data.length) throw new RangeError('A mask is as large as its picture')
  for (let at = 3; at < data.length; at += 4) data[at] = 255 - (mask.data[at] ?? 255)
  return new Uint8Array(encode({ width: picture.width, height: picture.height, data, channels: 4, depth: 8 }))
}
