/** A sound: one array of samples a channel, all of one length, -1 to 1. */
export interface Audio {
  readonly samples: readonly Float32Array[]
  /** Samples a second of each channel. */
  readonly sampleRate: number
}

/** The longest sound that is taken whole, in seconds: ten hours of it fill the memory of most machines. */
export const longestSound = 3600

export const lengthOf = ({ samples }: Audio): number => samples[0]?.length ?? 0

/** In seconds. */
export const durationOf = (audio: Audio): number => lengthOf(audio) / audio.sampleRate

/** The mean of all channels. */
export function monoOf({ samples }: Audio): Float32Array {
  const [first = new Float32Array(), ...others] = samples
  if (others.length === 0) return first
  return first.map((value, i) => others.reduce((sum, channel) => sum + channel[i], value) / samples.length)
}

/** The largest distance from silence, 0 to 1 for a sound that is not clipped. */
export function peakOf({ samples }: Audio): number {
  let peak = 0
  for (const channel of samples) for (const value of channel) peak = Math.max(peak, Math.abs(value))
  return peak
}

/** Throws a RangeError for a sound without samples, of unequal channels, or longer than `longest` seconds. */
export function checkAudio(audio: Audio, longest = longestSound): void {
  const length = lengthOf(audio)
  if (length === 0) throw new RangeError('The sound is empty: it has no samples.')
  if (audio.samples.some((channel) => channel.length !== length))
    throw new RangeError(`The channels of a sound have one length, but these have ${lengthsOf(audio).join(' and ')}.`)
  if (!(audio.sampleRate >= 1000 && audio.sampleRate <= 768_000))
    throw new RangeError(`A sample rate lies from 1000 to 768000 Hz, but this is ${audio.sampleRate}.`)
  const seconds = durationOf(audio)
  if (seconds > longest)
    throw new RangeError(
      `The sound lasts ${wordsOfDuration(seconds)}, and at most ${wordsOfDuration(longest)} fit here: cut it first.`,
    )
}

const lengthsOf = ({ samples }: Audio): number[] => samples.map((channel) => channel.length)

/** A duration as a person says it. */
export function wordsOfDuration(seconds: number): string {
  if (seconds < 120) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} seconds`
  return seconds < 7200 ? `${Math.round(seconds / 60)} minutes` : `${(seconds / 3600).toFixed(1)} hours`
}
