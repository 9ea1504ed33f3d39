/** Pictures as codes of an image tokenizer. */
export interface PictureTokens {
  /** Codes, picture by picture and row by row. */
  readonly data: Int32Array
  readonly shape: readonly [batch: number, rows: number, columns: number]
  /** Entries of the codebook: codes are below it. */
  readonly codes: number
}

/**
 * Tokens of these codes.
 * @throws RangeError where the shape does not fit, or a code is none of the codebook
 */
export function pictureTokens(data: Int32Array, shape: PictureTokens['shape'], codes: number): PictureTokens {
  const [batch, rows, columns] = shape
  if (data.length !== batch * rows * columns) {
    throw new RangeError(
      `Tokens of ${batch} × ${rows} × ${columns} places need as many codes, but there are ${data.length}`,
    )
  }
  const wrong = data.find((code) => code < 0 || code >= codes)
  if (wrong !== undefined) throw new RangeError(`Codes are 0 to ${codes - 1}, but one is ${wrong}`)
  return { data, shape, codes }
}

/**
 * Refuses tokens that a network does not read.
 * @throws RangeError that says whose codebook they are of
 */
export function expectCodebook({ codes }: Pick<PictureTokens, 'codes'>, expected: number, title: string): void {
  if (codes === expected) return
  throw new RangeError(
    `These tokens are of a codebook of ${codes} entries, but ${title} has one of ${expected}: use the image tokenizer that belongs to it`,
  )
}
