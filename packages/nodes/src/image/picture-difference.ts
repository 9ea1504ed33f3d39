import { imageFrom, sizeOfImage, withAlpha, type ImageTensor } from './image.ts'

/** How a picture differs from the one that was expected; numbers are of channels in 0 to 1. */
export interface PictureDifference {
  /** Mean absolute difference over all channels. */
  readonly mean: number
  /** Of the channel that differs most. */
  readonly most: number
  /** Share of pixels of which a channel differs by more than 8 of 255, which is what an eye begins to see. */
  readonly seen: number
  /** The smallest box around those pixels; undefined where there is none. */
  readonly box?: { readonly left: number; readonly top: number; readonly width: number; readonly height: number }
  /** White where nothing differs, through red to black where all does: [1, height, width, 3]. */
  readonly picture: ImageTensor
}

const visible = 8 / 255

/**
 * Compares two pictures of one size, alpha too where either has it.
 * @throws RangeError where the sizes differ
 */
export function pictureDifference(actual: ImageTensor, expected: ImageTensor): PictureDifference {
  const [a, b] = [sizeOfImage(actual), sizeOfImage(expected)]
  if (a.width !== b.width || a.height !== b.height) {
    throw new RangeError(`it is ${a.width} × ${a.height}, but ${b.width} × ${b.height} was expected`)
  }
  const hasAlpha = a.channels === 4 || b.channels === 4
  const [x, y] = hasAlpha ? [withAlpha(actual), withAlpha(expected)] : [actual, expected]
  const { width, height } = a
  const channels = hasAlpha ? 4 : 3
  const largest = new Float32Array(width * height)
  let [sum, most, seen] = [0, 0, 0]
  let [left, top, right, bottom] = [width, height, -1, -1]
  for (let pixel = 0; pixel < largest.length; pixel++) {
    for (let c = 0; c < channels; c++) {
      const difference = Math.abs(x.data[pixel * channels + c] - y.data[pixel * channels + c])
      sum += difference
      if (difference > largest[pixel]) largest[pixel] = difference
    }
    const value = largest[pixel]
    if (value > most) most = value
    if (value <= visible) continue
    seen++
    const [column, row] = [pixel % width, Math.floor(pixel / width)]
    left = Math.min(left, column)
    right = Math.max(right, column)
    top = Math.min(top, row)
    bottom = Math.max(bottom, row)
  }
  const picture = imageFrom({ batch: 1, height, width, channels: 3 }, (_, row, column, c) => {
    const value = largest[row * width + column]
    return c === 0 ? Math.min(1, 2 - 2 * value) : Math.max(0, 1 - 4 * value)
  })
  return {
    mean: sum / (largest.length * channels),
    most,
    seen: seen / largest.length,
    ...(seen > 0 && { box: { left, top, width: right - left + 1, height: bottom - top + 1 } }),
    picture,
  }
}
