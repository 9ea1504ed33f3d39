import { decodedWeight, fromFloat32, weightAsFloat32, type Weight } from '@patchbay/onnx'

/**
 * The rotations (I + Q)(I − Q)⁻¹ of OFT (Qiu et al. 2023, section 3.2), Q = blocks − blocksᵀ, [..., size, size]. Where
 * the norm of all Q together is over `limit`, Q is shrunk to it. They are computed when they are first read.
 */
export function rotationsOf(blocks: Weight, limit: number | undefined): Weight {
  const size = blocks.shape.at(-1) ?? 1
  return decodedWeight(`${blocks.name}.rotations`, 'float32', blocks.shape, () => {
    const skew = skewOf(weightAsFloat32(blocks), size)
    const norm = Math.hypot(...norms(skew))
    const shrink = limit !== undefined && limit > 0 && norm > limit ? limit / norm : 1
    const turned = new Float32Array(skew.length)
    for (let at = 0; at < skew.length; at += size * size) {
      turned.set(cayley(skew.subarray(at, at + size * size), size, shrink), at)
    }
    return fromFloat32(turned, 'float32')
  })
}

/** The norm of each thousand of values: `Math.hypot` takes so many arguments only. */
function norms(values: Float64Array): number[] {
  const parts: number[] = []
  for (let at = 0; at < values.length; at += 1000) parts.push(Math.hypot(...values.subarray(at, at + 1000)))
  return parts
}

function skewOf(blocks: Float32Array, size: number): Float64Array {
  const skew = new Float64Array(blocks.length)
  for (let start = 0; start < blocks.length; start += size * size) {
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) {
        const [at, turned] = [start + row * size + column, start + column * size + row]
        skew[at] = (blocks[at] ?? NaN) - (blocks[turned] ?? NaN)
      }
    }
  }
  return skew
}

/**
 * (I + Q)(I − Q)⁻¹ is (I − Q)⁻¹(I + Q), since both are made of Q alone: the solution X of (I − Q) X = I + Q, by Gauss
 * and Jordan. I − Q of a skew Q has no eigenvalue near 0, so its largest element is pivot enough.
 */
function cayley(skew: Float64Array, size: number, shrink: number): Float64Array {
  const width = 2 * size
  const rows = Array.from({ length: size }, (_, row) =>
    Float64Array.from({ length: width }, (__, column) => {
      const isRight = column >= size
      const at = isRight ? column - size : column
      const q = (skew[row * size + at] ?? NaN) * shrink
      return (row === at ? 1 : 0) + (isRight ? q : -q)
    }),
  )
  for (let column = 0; column < size; column++) {
    let pivot = column
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(rows[row]?.[column] ?? 0) > Math.abs(rows[pivot]?.[column] ?? 0)) pivot = row
    }
    const [own, other] = [rows[pivot], rows[column]]
    if (!own || !other) continue
    rows[column] = own
    rows[pivot] = other
    const by = own[column] ?? NaN
    for (let at = column; at < width; at++) own[at] = (own[at] ?? NaN) / by
    for (const row of rows) {
      const times = row === own ? 0 : (row[column] ?? NaN)
      if (times === 0) continue
      for (let at = column; at < width; at++) row[at] = (row[at] ?? NaN) - times * (own[at] ?? NaN)
    }
  }
  return Float64Array.from({ length: size * size }, (_, at) => rows[Math.floor(at / size)]?.[size + (at % size)] ?? NaN)
}
