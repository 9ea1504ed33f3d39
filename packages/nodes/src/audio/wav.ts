import { lengthOf, type Audio } from './audio.ts'

const headerBytes = 44

/** A WAV file: 16 bits a sample, little-endian; what lies beyond -1 and 1 is clipped. */
export function encodeWav(audio: Audio): Uint8Array {
  const { samples, sampleRate } = audio
  const [channels, length] = [samples.length, lengthOf(audio)]
  const frameBytes = 2 * channels
  const bytes = new Uint8Array(headerBytes + length * frameBytes)
  const view = new DataView(bytes.buffer)
  const text = (at: number, word: string): void => bytes.set(Buffer.from(word, 'latin1'), at)
  text(0, 'RIFF')
  view.setUint32(4, bytes.length - 8, true)
  text(8, 'WAVEfmt ')
  view.setUint32(16, 16, true)
  view.setUint16(20, 1, true)
  view.setUint16(22, channels, true)
  view.setUint32(24, sampleRate, true)
  view.setUint32(28, sampleRate * frameBytes, true)
  view.setUint16(32, frameBytes, true)
  view.setUint16(34, 16, true)
  text(36, 'data')
  view.setUint32(40, length * frameBytes, true)
  for (const [c, channel] of samples.entries()) {
    for (let i = 0; i < length; i++) {
      const value = Math.round(Math.min(1, Math.max(-1, channel[i])) * 32768)
      view.setInt16(headerBytes + i * frameBytes + 2 * c, Math.min(32767, value), true)
    }
  }
  return bytes
}
