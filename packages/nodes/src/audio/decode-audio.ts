import { checkAudio, durationOf, longestSound, wordsOfDuration, type Audio } from './audio.ts'
import { flacLength, mp3Length, oggLength, wavLength, type StatedLength } from './stated-length.ts'

/** Endings of files that `decodeAudio` reads; ogg holds Vorbis or Opus. */
export const audioEndings = ['.wav', '.mp3', '.ogg', '.oga', '.opus', '.flac'] as const

interface Decoded {
  readonly channelData: readonly Float32Array[]
  readonly sampleRate: number
}

interface SoundFormat {
  readonly name: string
  readonly begins: (bytes: Uint8Array) => boolean
  readonly length: StatedLength
  readonly decode: (bytes: Uint8Array) => Promise<Decoded>
}

/** Formats by how a file begins. Each decoder is loaded when it is first needed. */
const formats: readonly SoundFormat[] = [
  {
    name: 'WAV',
    begins: (bytes) => has(bytes, 0, 'RIFF') && has(bytes, 8, 'WAVE'),
    length: wavLength,
    decode: async (bytes) => (await import('@audio/decode-wav')).default(bytes),
  },
  {
    name: 'FLAC',
    begins: (bytes) => has(bytes, 0, 'fLaC'),
    length: flacLength,
    decode: async (bytes) => await (await import('@audio/decode-flac')).default(bytes),
  },
  {
    name: 'Ogg Opus',
    begins: (bytes) => has(bytes, 0, 'OggS') && has(bytes, 28, 'OpusHead'),
    length: oggLength(true),
    decode: async (bytes) => await (await import('@audio/decode-opus')).default(bytes),
  },
  {
    name: 'Ogg Vorbis',
    begins: (bytes) => has(bytes, 0, 'OggS') && has(bytes, 29, 'vorbis'),
    length: oggLength(false),
    decode: async (bytes) => await (await import('@audio/decode-vorbis')).default(bytes),
  },
  {
    name: 'MP3',
    begins: (bytes) => has(bytes, 0, 'ID3') || (bytes[0] === 0xff && (bytes[1] & 0xe6) === 0xe2),
    length: mp3Length,
    decode: async (bytes) => await (await import('@audio/decode-mp3')).default(bytes),
  },
]

/**
 * The sound of a WAV, MP3, Ogg (Vorbis or Opus) or FLAC file. Throws an Error that says what is wrong for another
 * file, a broken one, and a sound that is empty or lasts longer than `longestSound`, which its headers tell before it
 * is decoded.
 */
export async function decodeAudio(bytes: Uint8Array): Promise<Audio> {
  const format = formats.find(({ begins }) => begins(bytes))
  if (!format) throw new Error('This is no sound that can be read: expected WAV, MP3, Ogg (Vorbis or Opus) or FLAC.')
  const seconds = format.length(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  if (seconds > longestSound)
    throw new RangeError(
      `The sound lasts ${wordsOfDuration(seconds)}, and at most ${wordsOfDuration(longestSound)} fit here: cut it first.`,
    )
  const audio = await decoded(format, bytes)
  checkAudio(audio)
  return audio
}

async function decoded({ name, decode }: SoundFormat, bytes: Uint8Array): Promise<Audio> {
  try {
    const { channelData: samples, sampleRate } = await decode(bytes)
    if ((samples[0]?.length ?? 0) === 0) throw new Error('it holds no samples')
    return { samples, sampleRate }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`This ${name} file cannot be read: ${reason}`, { cause })
  }
}

const has = (bytes: Uint8Array, at: number, word: string): boolean =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', at, at + word.length) === word

/** What a sound is, in a few words. */
export function wordsOfAudio(audio: Audio): string {
  const { length } = audio.samples
  const channels = length === 1 ? 'mono' : length === 2 ? 'stereo' : `${length} channels`
  return `${durationOf(audio).toFixed(2)} s, ${audio.sampleRate} Hz, ${channels}`
}
