import { float32, type Tensor } from '@patchbay/onnx/tensor'
import { monoOf, type Audio } from './audio.ts'
import { createRealFourierTransform } from './fourier.ts'
import { resampleAudio } from './resample-audio.ts'

/** How a network hears: both presets take 16 kHz and give 80 mel bands. */
export interface MelPreset {
  readonly fftSize: number
  readonly hop: number
  readonly lowest: number
  readonly highest: number
  /** y[n] = x[n] - preEmphasis · x[n - 1]. */
  readonly preEmphasis: number
  /** The spectrum's magnitude, or its square. */
  readonly power: 1 | 2
  /** Whether the last frame, which is centred on the end, is left out. */
  readonly dropsLast: boolean
  /** Bands of one frame after another, as they are to what the network takes. */
  readonly scaled: (bands: Float64Array) => Float32Array
}

export const melRate = 16_000
export const melBands = 80

/** Wav2Lip's (Prajwal et al. 2020, `hparams.py`): 80 frames a second, decibels from -100 to 0 as -4 to 4. */
export const wav2lipMel: MelPreset = {
  fftSize: 800,
  hop: 200,
  lowest: 55,
  highest: 7600,
  preEmphasis: 0.97,
  power: 1,
  dropsLast: false,
  scaled: (bands) =>
    Float32Array.from(bands, (value) => {
      const decibels = 20 * Math.log10(Math.max(1e-5, value)) - 20
      return Math.min(4, Math.max(-4, 8 * ((decibels + 100) / 100) - 4))
    }),
}

/** Whisper's (Radford et al. 2022, §2.2): 100 frames a second, the loudest eight decades. */
export const whisperMel: MelPreset = {
  fftSize: 400,
  hop: 160,
  lowest: 0,
  highest: 8000,
  preEmphasis: 0,
  power: 2,
  dropsLast: true,
  scaled: (bands) => {
    const logs = bands.map((value) => Math.log10(Math.max(1e-10, value)))
    const loudest = logs.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
    return Float32Array.from(logs, (value) => (Math.max(value, loudest - 8) + 4) / 4)
  },
}

/** [80, frames]; frame k is centred on sample k · hop of the sound at 16 kHz, which is mirrored at both ends. */
export function melSpectrogram(audio: Audio, preset: MelPreset): Tensor {
  const { fftSize, hop, power, dropsLast } = preset
  const samples = emphasised(monoOf(resampleAudio(audio, melRate)), preset.preEmphasis)
  const frames = Math.floor(samples.length / hop) + (dropsLast ? 0 : 1)
  const filters = melFilters(preset)
  const window = Float64Array.from({ length: fftSize }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / fftSize))
  const transform = createRealFourierTransform(fftSize)
  const bands = new Float64Array(melBands * frames)
  for (let frame = 0; frame < frames; frame++) {
    const from = frame * hop - fftSize / 2
    const { real, imaginary } = transform(window.map((weight, i) => weight * mirrored(samples, from + i)))
    const spectrum = real.map((re, i) => {
      const square = re * re + imaginary[i] ** 2
      return power === 2 ? square : Math.sqrt(square)
    })
    for (const [band, { first, weights }] of filters.entries()) {
      let sum = 0
      for (const [i, weight] of weights.entries()) sum += weight * spectrum[first + i]
      bands[band * frames + frame] = sum
    }
  }
  return float32([melBands, frames], preset.scaled(bands))
}

function emphasised(samples: Float32Array, amount: number): Float64Array {
  return Float64Array.from(samples, (value, i) => value - amount * (i === 0 ? 0 : samples[i - 1]))
}

/** The sample at a place, with the sound mirrored at its first and last sample as often as it takes. */
function mirrored(samples: Float64Array, at: number): number {
  const period = 2 * (samples.length - 1)
  if (period <= 0) return samples[0]
  const place = ((at % period) + period) % period
  return samples[place < samples.length ? place : period - place]
}

interface MelFilter {
  /** The first frequency that counts, and the weights from it on. */
  readonly first: number
  readonly weights: Float64Array
}

/** Triangles of Slaney's Auditory Toolbox (1998), each of area one over its width in Hz. */
function melFilters({ fftSize, lowest, highest }: MelPreset): MelFilter[] {
  const [from, to] = [melOf(lowest), melOf(highest)]
  const edges = Array.from({ length: melBands + 2 }, (_, i) => frequencyOf(from + ((to - from) * i) / (melBands + 1)))
  return Array.from({ length: melBands }, (_, band) => {
    const [left = 0, peak = 0, right = 0] = edges.slice(band, band + 3)
    const weights = Array.from({ length: fftSize / 2 + 1 }, (_, i) => {
      const frequency = (i * melRate) / fftSize
      const slope = Math.min((frequency - left) / (peak - left), (right - frequency) / (right - peak))
      return (2 / (right - left)) * Math.max(0, slope)
    })
    const first = weights.findIndex((weight) => weight > 0)
    const last = weights.findLastIndex((weight) => weight > 0)
    return { first: Math.max(first, 0), weights: Float64Array.from(weights.slice(Math.max(first, 0), last + 1)) }
  })
}

/** Linear below 1 kHz, logarithmic above. */
const bend = { frequency: 1000, mel: 15, perHertz: 3 / 200, step: Math.log(6.4) / 27 } as const

function melOf(frequency: number): number {
  if (frequency < bend.frequency) return frequency * bend.perHertz
  return bend.mel + Math.log(frequency / bend.frequency) / bend.step
}

function frequencyOf(mel: number): number {
  return mel < bend.mel ? mel / bend.perHertz : bend.frequency * Math.exp(bend.step * (mel - bend.mel))
}
