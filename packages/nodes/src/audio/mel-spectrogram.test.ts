import { fileURLToPath } from 'node:url'
import { openSafetensors } from '@patchbay/onnx'
import { expect, test } from 'vitest'
import { createRealFourierTransform } from './fourier.ts'
import { melSpectrogram, wav2lipMel, whisperMel } from './mel-spectrogram.ts'

const vectors = openSafetensors(
  fileURLToPath(new URL('../../../../tests/reference/vectors/mel-spectrograms.safetensors', import.meta.url)),
)
/** The floats of a tensor of the file. */
const floatsOf = (name: string): Float32Array => new Float32Array(vectors.read(name).slice().buffer)
const sound = { samples: [floatsOf('sound')], sampleRate: 16_000 }

test.each([
  ['wav2lip', wav2lipMel],
  ['whisper', whisperMel],
] as const)('a sound is heard as librosa and transformers hear it for %s', (name, preset) => {
  const expected = floatsOf(name)
  const { shape, data } = melSpectrogram(sound, preset)
  expect(shape).toEqual(vectors.get(name)?.shape)
  for (const [i, value] of data.entries()) expect(Math.abs(value - (expected[i] ?? 9))).toBeLessThan(1e-4)
})

test('silence is the least that a preset has', () => {
  const { data } = melSpectrogram({ samples: [new Float32Array(4000)], sampleRate: 16_000 }, wav2lipMel)
  expect(new Set(data)).toEqual(new Set([-4]))
})

test('a transform of any length finds the frequency of a wave', () => {
  for (const length of [400, 800, 77]) {
    const wave = Float64Array.from({ length }, (_, i) => Math.cos((2 * Math.PI * 7 * i) / length))
    const { real } = createRealFourierTransform(length)(wave)
    expect(real[7]).toBeCloseTo(length / 2, 6)
    expect(Math.max(...real.filter((_, i) => i !== 7).map(Math.abs))).toBeLessThan(1e-9)
  }
})
