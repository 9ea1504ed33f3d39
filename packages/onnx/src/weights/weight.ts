import type { DType } from '../tensor/dtype.ts'

/** Where the bytes of a weight lie: little-endian, in row-major order, without padding. */
export type WeightPlace =
  | { readonly type: 'file'; readonly path: string; readonly offset: number; readonly length: number }
  | { readonly type: 'memory'; readonly bytes: Uint8Array }

export interface Weight {
  readonly name: string
  /** The name in the file that it comes from, where it goes by another. */
  readonly origin?: string
  readonly dtype: DType
  /** `[]` for a scalar. */
  readonly shape: readonly number[]
  /** A file range, or bytes; decoded formats (quantised, strided) make their bytes when this is first read. */
  readonly place: WeightPlace
  /**
   * Of decoded formats: the bytes that it is made of, which say what it is without being decoded. Its place is then
   * made anew at each reading, and a copy on disk takes its part where there is room for one.
   */
  readonly decodedFrom?: WeightPlace
}
