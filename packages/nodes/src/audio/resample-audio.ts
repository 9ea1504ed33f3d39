import { lengthOf, type Audio } from './audio.ts'

/** How many zero crossings of the sinc stand on each side. */
const crossings = 24
/** Of the Kaiser window: 80 dB. */
const beta = 8

/**
 * The sound at another rate: windowed sinc interpolation (Smith, Digital Audio Resampling). It keeps the duration, and
 * what lies above half the lower of both rates is filtered out.
 */
export function resampleAudio(audio: Audio, sampleRate: number): Audio {
  if (audio.sampleRate === sampleRate) return audio
  const ratio = sampleRate / audio.sampleRate
  const length = Math.round(lengthOf(audio) * ratio)
  return { sampleRate, samples: audio.samples.map((channel) => resampled(channel, length, ratio)) }
}

function resampled(channel: Float32Array, length: number, ratio: number): Float32Array {
  const cutoff = Math.min(1, ratio)
  const reach = crossings / cutoff
  const kernel = kernelTable()
  const result = new Float32Array(length)
  for (let i = 0; i < length; i++) {
    const at = i / ratio
    let [sum, weights] = [0, 0]
    const last = Math.min(channel.length - 1, Math.floor(at + reach))
    for (let j = Math.max(0, Math.ceil(at - reach)); j <= last; j++) {
      const place = (Math.abs(j - at) * cutoff * tableSteps) | 0
      const weight = kernel[place]
      sum += weight * channel[j]
      weights += weight
    }
    result[i] = sum / weights
  }
  return result
}

/** Steps of the table between two zero crossings. */
const tableSteps = 1024

/** The windowed sinc by distance. */
function kernelTable(): Float32Array {
  const table = new Float32Array(crossings * tableSteps + 2)
  const most = besselI0(beta)
  for (let i = 0; i <= crossings * tableSteps; i++) {
    const x = (i + 0.5) / tableSteps
    const edge = x / crossings
    if (edge < 1)
      table[i] = (Math.sin(Math.PI * x) / (Math.PI * x)) * (besselI0(beta * Math.sqrt(1 - edge * edge)) / most)
  }
  return table
}

/** The modified Bessel function of order zero, by its power series. */
function besselI0(x: number): number {
  let [sum, term] = [1, 1]
  for (let k = 1; k < 40; k++) {
    term *= (x / (2 * k)) ** 2
    sum += term
  }
  return sum
}
