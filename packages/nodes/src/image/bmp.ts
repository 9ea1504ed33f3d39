import { decode } from 'bmp-ts'

/** Whether a file begins as a Windows bitmap does. */
export const isBmp = (bytes: Uint8Array): boolean => bytes[0] === 0x42 && bytes[1] === 0x4d

/** The pixels of a Windows bitmap: red, green, blue and alpha, one byte each. Throws an Error for a damaged file. */
export function decodeBmp(bytes: Uint8Array): {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
  readonly hasAlpha: boolean
} {
  const { width, height, bitPP, data } = decode(Buffer.from(bytes), { toRGBA: true })
  // Bitmaps of 32 bits mostly leave the fourth byte 0.
  const hasAlpha = bitPP === 32 && data.some((value, i) => i % 4 === 3 && value !== 0)
  if (!hasAlpha) for (let i = 3; i < data.length; i += 4) data[i] = 255
  return { width, height, data, hasAlpha }
}
