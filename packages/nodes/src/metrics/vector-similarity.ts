/** The cosine of the angle between two vectors of one length, -1 to 1; 0 when either is zero. */
export function cosineSimilarity(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) {
    throw new RangeError(
      `Vectors of ${a.length} and ${b.length} numbers cannot be compared: both must come from one model.`,
    )
  }
  let [product, aSquare, bSquare] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i], b[i]]
    product += x * y
    aSquare += x * x
    bSquare += y * y
  }
  return aSquare === 0 || bSquare === 0 ? 0 : product / Math.sqrt(aSquare * bSquare)
}

/**
 * CLIP score of a picture and a text by their embeddings: `100 · max(cos, 0)`, 0 to 100. Hessel et al. (2021), eq. 1,
 * with the weight 2.5 of the paper replaced by the 100 that the field reports.
 */
export const clipScore = (picture: ArrayLike<number>, text: ArrayLike<number>): number =>
  100 * Math.max(cosineSimilarity(picture, text), 0)

/** `1 - cosine`, 0 for the same direction to 2 for the opposite. */
export const featureDistance = (a: ArrayLike<number>, b: ArrayLike<number>): number => 1 - cosineSimilarity(a, b)
