import { expect, test } from 'vitest'
import { durationOf, lengthOf, monoOf, type Audio } from './audio.ts'
import { decodeAudio } from './decode-audio.ts'
import { resampleAudio } from './resample-audio.ts'
import { encodeWav } from './wav.ts'

const tone = (frequency: number, sampleRate: number, seconds = 0.25): Audio => ({
  sampleRate,
  samples: [
    Float32Array.from(
      { length: seconds * sampleRate },
      (_, i) => 0.8 * Math.sin((2 * Math.PI * frequency * i) / sampleRate),
    ),
  ],
})
const loudness = (audio: Audio): number => Math.sqrt(monoOf(audio).reduce((sum, x) => sum + x * x, 0) / lengthOf(audio))

test('what a WAV file keeps is what was given, to a step of 16 bits, with its channels and its rate', async () => {
  const stereo = { sampleRate: 22_050, samples: [...tone(440, 22_050).samples, ...tone(660, 22_050).samples] }
  const read = await decodeAudio(encodeWav(stereo))
  expect([read.sampleRate, read.samples.length, lengthOf(read)]).toEqual([22_050, 2, lengthOf(stereo)])
  for (const [c, channel] of stereo.samples.entries())
    for (const [i, value] of channel.entries())
      expect(Math.abs(value - (read.samples[c]?.[i] ?? 9))).toBeLessThan(1.5 / 32_768)
})

test('another rate keeps a tone where it is, and filters out one that it cannot hold', () => {
  const [from, to] = [tone(1000, 48_000), tone(1000, 16_000)]
  const resampled = resampleAudio(from, 16_000)
  expect(durationOf(resampled)).toBeCloseTo(durationOf(from), 6)
  for (let i = 200; i < lengthOf(to) - 200; i++)
    expect(Math.abs((resampled.samples[0]?.[i] ?? 9) - (to.samples[0]?.[i] ?? 9))).toBeLessThan(2e-3)
  expect(loudness(resampleAudio(tone(11_000, 48_000), 16_000))).toBeLessThan(0.02)
})

test('ten hours of sound are refused by the header, before they are decoded', async () => {
  // Of one byte a second.
  const long = new Uint8Array(36_000)
  long.set(encodeWav({ samples: [new Float32Array(8)], sampleRate: 8000 }))
  new DataView(long.buffer).setUint32(28, 1, true)
  await expect(decodeAudio(long)).rejects.toThrow('The sound lasts 10.0 hours, and at most 60 minutes fit here')
})

test('a FLAC file states its samples in its header', async () => {
  const flac = new Uint8Array(60)
  flac.set(Buffer.from('fLaC'))
  const view = new DataView(flac.buffer)
  view.setUint32(18, 8000 << 12)
  view.setUint32(22, 8000 * 36_000)
  await expect(decodeAudio(flac)).rejects.toThrow('The sound lasts 10.0 hours')
})

test('what is no sound is refused with what is', async () => {
  await expect(decodeAudio(new Uint8Array(100))).rejects.toThrow('expected WAV, MP3, Ogg (Vorbis or Opus) or FLAC')
  await expect(decodeAudio(encodeWav({ samples: [new Float32Array()], sampleRate: 8000 }))).rejects.toThrow(
    'This WAV file cannot be read: it holds no samples',
  )
})
