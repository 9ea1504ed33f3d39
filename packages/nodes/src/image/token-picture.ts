import { imageFrom, type ImageTensor } from './image.ts'

/** The golden ratio's fraction: steps by it around the circle of hues never come close to each other. */
const turn = 0.618033988749895

/** Codes of pictures, row by row. */
interface CodeGrid {
  readonly data: Int32Array
  readonly shape: readonly [batch: number, rows: number, columns: number]
}

/** Tokens as fields of `cell` pixels, a colour for each code: where two fields are alike, so are their codes. */
export function tokenPicture({ data, shape: [batch, rows, columns] }: CodeGrid, cell: number): ImageTensor {
  const size = { batch, height: rows * cell, width: columns * cell, channels: 3 }
  return imageFrom(size, (k, y, x, c) => {
    const code = data[(k * rows + Math.floor(y / cell)) * columns + Math.floor(x / cell)]
    return channelOfHue((code * turn) % 1, 0.35 + 0.3 * ((code * turn * turn) % 1), c)
  })
}

/** Red, green or blue of a colour of this hue, at a saturation of 0.65 (Smith 1978, HSL). */
function channelOfHue(hue: number, lightness: number, channel: number): number {
  const reach = 0.65 * Math.min(lightness, 1 - lightness)
  const k = ([0, 8, 4][channel] ?? 0) + hue * 12
  return lightness - reach * Math.max(-1, Math.min((k % 12) - 3, 9 - (k % 12), 1))
}
