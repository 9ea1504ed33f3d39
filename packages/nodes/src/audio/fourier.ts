/** Real and imaginary parts. */
export interface Spectrum {
  readonly real: Float64Array
  readonly imaginary: Float64Array
}

/** The discrete Fourier transform of real numbers of one length; the first half of the frequencies and the middle. */
export type RealFourierTransform = (values: Float64Array) => Spectrum

/** A transform of `length` numbers by splitting into prime factors (Cooley and Tukey 1965), any length. */
export function createRealFourierTransform(length: number): RealFourierTransform {
  const cosines = Float64Array.from({ length }, (_, i) => Math.cos((2 * Math.PI * i) / length))
  const sines = Float64Array.from({ length }, (_, i) => -Math.sin((2 * Math.PI * i) / length))
  const real = new Float64Array(length)
  const imaginary = new Float64Array(length)
  const scratch = new Float64Array(2 * largestFactor(length))
  const half = Math.floor(length / 2) + 1

  function transform(values: Float64Array, from: number, stride: number, count: number, to: number): void {
    if (count === 1) {
      real[to] = values[from]
      imaginary[to] = 0
      return
    }
    const parts = smallestFactor(count)
    const size = count / parts
    for (let part = 0; part < parts; part++)
      transform(values, from + part * stride, stride * parts, size, to + part * size)
    for (let k = 0; k < size; k++) {
      for (let part = 0; part < parts; part++) {
        const at = to + part * size + k
        scratch[2 * part] = real[at]
        scratch[2 * part + 1] = imaginary[at]
      }
      for (let q = 0; q < parts; q++) {
        let [re, im] = [0, 0]
        for (let part = 0; part < parts; part++) {
          const turn = (stride * part * (k + q * size)) % length
          const [c, s] = [cosines[turn], sines[turn]]
          const [a, b] = [scratch[2 * part], scratch[2 * part + 1]]
          re += a * c - b * s
          im += a * s + b * c
        }
        real[to + q * size + k] = re
        imaginary[to + q * size + k] = im
      }
    }
  }

  return (values) => {
    transform(values, 0, 1, length, 0)
    return { real: real.slice(0, half), imaginary: imaginary.slice(0, half) }
  }
}

function smallestFactor(count: number): number {
  for (let factor = 2; factor * factor <= count; factor++) if (count % factor === 0) return factor
  return count
}

function largestFactor(count: number): number {
  const factor = smallestFactor(count)
  return factor === count ? factor : Math.max(factor, largestFactor(count / factor))
}
