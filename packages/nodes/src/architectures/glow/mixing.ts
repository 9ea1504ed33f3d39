import { readWeightAsFloat32, type WeightSource } from '@patchbay/onnx'
import { float32, numberAt, type Tensor } from '@patchbay/onnx/tensor'

/**
 * A square matrix as P · (L + 1) · (U + diag(sign · exp(logDiagonal))), of which L is strictly lower and U strictly
 * upper triangular and P a permutation, so that the logarithm of its determinant is a sum (Kingma and Dhariwal 2018,
 * section 3.2). All are float64, row by row.
 */
export interface MixingFactors {
  readonly size: number
  readonly permutation: ArrayLike<number>
  readonly lower: ArrayLike<number>
  readonly upper: ArrayLike<number>
  readonly sign: ArrayLike<number>
  readonly logDiagonal: ArrayLike<number>
}

const nameIn = {
  permutation: 'mix_permutation',
  lower: 'mix.lower',
  upper: 'mix.upper',
  sign: 'mix_sign',
  logDiagonal: 'mix.log_diagonal',
} as const

/** The factors of one step of a Glow, whose parameters lie at `place`. */
export function mixingFactorsAt(weights: WeightSource, place: string): MixingFactors {
  const read = (name: keyof typeof nameIn): Float64Array =>
    Float64Array.from(readWeightAsFloat32(weights, `${place}.${nameIn[name]}`))
  const sign = read('sign')
  return {
    size: sign.length,
    permutation: read('permutation'),
    lower: read('lower'),
    upper: read('upper'),
    sign,
    logDiagonal: read('logDiagonal'),
  }
}

/** The tensors of one step under their names, such as a training begins with. */
export function tensorsOfMixing(factors: MixingFactors, place: string): Record<string, Tensor> {
  const { size } = factors
  return Object.fromEntries(
    (Object.keys(nameIn) as (keyof typeof nameIn)[]).map((name) => {
      const values = factors[name]
      return [
        `${place}.${nameIn[name]}`,
        float32(values.length === size ? [size] : [size, size], Float32Array.from(values)),
      ]
    }),
  )
}

/** The matrix itself, and its inverse by substitution, both computed in float64. */
export function mixingMatrices(factors: MixingFactors): { readonly matrix: Tensor; readonly inverse: Tensor } {
  const { size, permutation, sign, logDiagonal } = factors
  const lower = square(size, (i, j) => (i === j ? 1 : i > j ? numberAt(factors.lower, i * size + j) : 0))
  const upper = square(size, (i, j) =>
    i === j
      ? numberAt(sign, i) * Math.exp(numberAt(logDiagonal, i))
      : i < j
        ? numberAt(factors.upper, i * size + j)
        : 0,
  )
  const matrix = product(size, permutation, product(size, lower, upper))
  const turned = square(size, (i, j) => numberAt(permutation, j * size + i))
  const inverse = product(size, product(size, inverseOf(size, upper, true), inverseOf(size, lower, false)), turned)
  return {
    matrix: float32([size, size], Float32Array.from(matrix)),
    inverse: float32([size, size], Float32Array.from(inverse)),
  }
}

/**
 * The factors of a rotation by lot, which a step begins with: the columns of normal numbers made orthogonal, then
 * factored with the largest pivot of each column.
 * @param normals at least size² standard normal numbers
 */
export function rotationFactors(size: number, normals: ArrayLike<number>): MixingFactors {
  const matrix = orthogonal(size, normals)
  const rows = Array.from({ length: size }, (_, i) => i)
  const at = (i: number, j: number): number => numberAt(matrix, numberAt(rows, i) * size + j)
  for (let column = 0; column < size; column++) {
    let pivot = column
    for (let i = column + 1; i < size; i++) if (Math.abs(at(i, column)) > Math.abs(at(pivot, column))) pivot = i
    ;[rows[column], rows[pivot]] = [numberAt(rows, pivot), numberAt(rows, column)]
    for (let i = column + 1; i < size; i++) {
      const row = numberAt(rows, i) * size
      const factor = at(i, column) / at(column, column)
      matrix[row + column] = factor
      for (let j = column + 1; j < size; j++) matrix[row + j] = numberAt(matrix, row + j) - factor * at(column, j)
    }
  }
  const diagonal = Array.from({ length: size }, (_, i) => at(i, i))
  return {
    size,
    permutation: square(size, (i, j) => (rows[j] === i ? 1 : 0)),
    lower: square(size, (i, j) => (i > j ? at(i, j) : 0)),
    upper: square(size, (i, j) => (i < j ? at(i, j) : 0)),
    sign: diagonal.map(Math.sign),
    logDiagonal: diagonal.map((value) => Math.log(Math.abs(value))),
  }
}

/** Gram and Schmidt, twice over each column, which leaves them orthogonal to the last digits. */
function orthogonal(size: number, normals: ArrayLike<number>): Float64Array {
  const matrix = square(size, (i, j) => numberAt(normals, i * size + j))
  const at = (i: number, j: number): number => numberAt(matrix, i * size + j)
  for (let column = 0; column < size; column++) {
    for (let other = 0; other < 2 * column; other++) {
      const before = other % column
      let share = 0
      for (let i = 0; i < size; i++) share += at(i, before) * at(i, column)
      for (let i = 0; i < size; i++) matrix[i * size + column] = at(i, column) - share * at(i, before)
    }
    let squares = 0
    for (let i = 0; i < size; i++) squares += at(i, column) ** 2
    for (let i = 0; i < size; i++) matrix[i * size + column] = at(i, column) / Math.sqrt(squares)
  }
  return matrix
}

function square(size: number, valueAt: (i: number, j: number) => number): Float64Array {
  return Float64Array.from({ length: size * size }, (_, at) => valueAt(Math.floor(at / size), at % size))
}

function product(size: number, a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  return square(size, (i, j) => {
    let sum = 0
    for (let k = 0; k < size; k++) sum += numberAt(a, i * size + k) * numberAt(b, k * size + j)
    return sum
  })
}

/** Of a triangular matrix, column by column by substitution. */
function inverseOf(size: number, matrix: ArrayLike<number>, isUpper: boolean): Float64Array {
  const inverse = new Float64Array(size * size)
  for (let column = 0; column < size; column++) {
    for (let k = 0; k < size; k++) {
      const i = isUpper ? size - 1 - k : k
      let rest = i === column ? 1 : 0
      for (let j = 0; j < size; j++)
        if (j !== i) rest -= numberAt(matrix, i * size + j) * numberAt(inverse, j * size + column)
      inverse[i * size + column] = rest / numberAt(matrix, i * size + i)
    }
  }
  return inverse
}
