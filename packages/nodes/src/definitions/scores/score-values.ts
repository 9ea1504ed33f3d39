import type { PictureVectors } from '../../networks/image-encoder.ts'

/** One vector of several. */
export const rowOf = ({ width, values }: PictureVectors, row: number): Float32Array =>
  values.subarray(row * width, (row + 1) * width)

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** As many digits as a reader wants; what is not finite has no place in JSON. */
export const roundedScores = (values: readonly number[]): (number | string)[] =>
  values.map((value) => (Number.isFinite(value) ? Number(value.toPrecision(5)) : String(value)))
