import { createWeightSource, originOf, type Weight, type WeightPlace } from '@patchbay/onnx'

interface View {
  readonly name?: string
  readonly shape?: readonly number[]
  readonly range?: { readonly begin: number; readonly length: number }
}

/**
 * The same bytes under another name or shape, or a stretch of them. The place stays a getter, so that nothing is
 * decoded early.
 */
export function viewOf(weight: Weight, { name = weight.name, shape = weight.shape, range }: View): Weight {
  return {
    name,
    origin: originOf(weight),
    dtype: weight.dtype,
    shape,
    ...(weight.decodedFrom && { decodedFrom: weight.decodedFrom }),
    get place(): WeightPlace {
      const { place } = weight
      if (!range) return place
      return place.type === 'file'
        ? { ...place, offset: place.offset + range.begin, length: range.length }
        : { type: 'memory', bytes: place.bytes.subarray(range.begin, range.begin + range.length) }
    },
  }
}

/** The transpose of a matrix; its bytes are read and turned when they are asked for. */
export function transposed(weight: Weight, name: string): Weight {
  const [rows = 1, columns = 1] = weight.shape
  const one = createWeightSource([weight])
  return {
    name,
    origin: originOf(weight),
    dtype: weight.dtype,
    shape: [columns, rows],
    get place(): WeightPlace {
      const bytes = one.read(weight.name)
      const size = bytes.byteLength / (rows * columns)
      const turned = new Uint8Array(bytes.byteLength)
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const from = (row * columns + column) * size
          turned.set(bytes.subarray(from, from + size), (column * rows + row) * size)
        }
      }
      return { type: 'memory', bytes: turned }
    },
  }
}
