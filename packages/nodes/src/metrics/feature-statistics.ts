/** Feature vectors, one a row. */
export interface Features {
  readonly count: number
  readonly width: number
  readonly values: Float32Array | Float64Array
}

/** Throws unless both sets have vectors of one width; `metric` is named in the message. */
export function requireSameWidth(metric: string, a: { readonly width: number }, b: { readonly width: number }): void {
  if (a.width !== b.width) {
    throw new RangeError(
      `${metric}: the two sets have features of ${a.width} and ${b.width} numbers. Both must come from the same feature model.`,
    )
  }
}

/** The mean and covariance of features, gathered batch by batch; the features themselves are not kept. */
export interface FeatureStatistics {
  readonly width: number
  readonly count: number
  add(features: Features): void
  mean(): Float64Array
  /** Unbiased (divided by count - 1): [width, width]. */
  covariance(): Float64Array
}

/** Sums are kept around the first vector seen, so that a mean far from zero costs no precision. */
export function createFeatureStatistics(width: number): FeatureStatistics {
  const origin = new Float64Array(width)
  const sum = new Float64Array(width)
  const products = new Float64Array(width * width)
  const centred = new Float64Array(width)
  let count = 0

  const addRow = (values: Float32Array | Float64Array, offset: number): void => {
    if (count === 0) for (let i = 0; i < width; i++) origin[i] = values[offset + i]
    for (let i = 0; i < width; i++) {
      centred[i] = values[offset + i] - origin[i]
      sum[i] = sum[i] + centred[i]
    }
    for (let i = 0; i < width; i++) {
      const value = centred[i]
      if (value === 0) continue
      const row = i * width
      for (let j = 0; j <= i; j++) products[row + j] = products[row + j] + value * centred[j]
    }
    count++
  }

  return {
    width,
    get count() {
      return count
    },
    add(features) {
      requireSameWidth('Feature statistics', { width }, features)
      for (let row = 0; row < features.count; row++) addRow(features.values, row * width)
    },
    mean: () => sum.map((value, i) => origin[i] + value / count),
    covariance() {
      if (count < 2) throw new RangeError(`A covariance needs at least two feature vectors, got ${count}.`)
      const result = new Float64Array(width * width)
      for (let i = 0; i < width; i++) {
        for (let j = 0; j <= i; j++) {
          const value = (products[i * width + j] - (sum[i] * sum[j]) / count) / (count - 1)
          result[i * width + j] = value
          result[j * width + i] = value
        }
      }
      return result
    },
  }
}
