import { float32, numberAt } from '@patchbay/onnx/tensor'
import type { Audio } from '../audio/audio.ts'
import { mostPixels } from '../image/codec.ts'
import { bytesOf, sizeOfImage, withAlpha, type Rounding } from '../image/image.ts'
import { loadMediaLibrary, type MediaLibrary } from './media-library.ts'
import type { Video } from './video.ts'

export const mediaFormats = ['mp4', 'webm'] as const
export type MediaFormat = (typeof mediaFormats)[number]
/** Codecs that browsers play: H.264 with AAC, and AV1 with Opus. */
const codecsOf = { mp4: ['avc', 'aac'], webm: ['av1', 'opus'] } as const
/** Below it H.264 has a level that not every decoder knows. */
const leastBitrate = 256_000
const audioBitrate = 128_000
/** What the encoded picture is in; without it the file says that it holds RGB, and nothing plays it. */
const colorSpace = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false } as const
/** Sound that is not decoded after so long is given up: some decoders never answer. */
const audioMs = 20_000

export interface MediaOptions {
  readonly format: MediaFormat
  /** 1 to 100. */
  readonly quality: number
  readonly rounding?: Rounding
  /** Carried as the comment of the file. */
  readonly comment?: string
  onFrame?(frame: number): void
}

/**
 * A video with its sound as MP4 (H.264, AAC) or WebM (AV1, Opus); what is transparent is opaque there. Throws an Error
 * that says how to install the codecs where they are not there, and a RangeError for odd sides, which H.264 has not.
 */
export async function encodeMedia(video: Video, options: MediaOptions): Promise<Uint8Array> {
  const library = await loadMediaLibrary()
  const { format, quality, rounding, comment, onFrame } = options
  const { batch, height, width } = sizeOfImage(video.frames)
  if (format === 'mp4' && (width % 2 !== 0 || height % 2 !== 0)) {
    throw new RangeError(`MP4 needs even sides, but the video is ${width} × ${height}: crop or resize it first.`)
  }
  const target = new library.BufferTarget()
  const container =
    format === 'mp4' ? new library.Mp4OutputFormat({ fastStart: 'in-memory' }) : new library.WebMOutputFormat()
  const output = new library.Output({ format: container, target })
  const [codec, audioCodec] = codecsOf[format]
  const source = new library.VideoSampleSource({ codec, bitrate: bitrateOf(width * height * video.fps, quality) })
  output.addVideoTrack(source, { frameRate: video.fps })
  const sound = video.audio && new library.AudioSampleSource({ codec: audioCodec, bitrate: audioBitrate })
  if (sound) output.addAudioTrack(sound)
  if (comment !== undefined) output.setMetadataTags({ comment })
  await output.start()
  const rgba = bytesOf(withAlpha(video.frames).data, rounding)
  const frameBytes = width * height * 4
  const size = { format: 'RGBX', codedWidth: width, codedHeight: height, duration: 1 / video.fps } as const
  for (let k = 0; k < batch; k++) {
    const pixels = rgba.subarray(k * frameBytes, (k + 1) * frameBytes)
    const sample = new library.VideoSample(pixels, { ...size, colorSpace, timestamp: k / video.fps })
    await source.add(sample)
    sample.close()
    onFrame?.(k + 1)
  }
  if (sound && video.audio) await addSound(library, sound, video.audio)
  await output.finalize()
  if (!target.buffer) throw new Error('The encoder wrote nothing.')
  return new Uint8Array(target.buffer)
}

/** Bits a second: at quality 50 a tenth of a bit a pixel, twice as many for each 17 more. */
function bitrateOf(pixelsPerSecond: number, quality: number): number {
  return Math.max(leastBitrate, Math.round(pixelsPerSecond * 0.1 * 2 ** ((quality - 50) / 17)))
}

async function addSound(library: MediaLibrary, sound: { add(sample: unknown): Promise<void> }, audio: Audio) {
  const length = audio.samples[0]?.length ?? 0
  const data = new Float32Array(length * audio.samples.length)
  for (const [channel, samples] of audio.samples.entries()) data.set(samples, channel * length)
  const sample = new library.AudioSample({
    data,
    format: 'f32-planar',
    numberOfChannels: audio.samples.length,
    sampleRate: audio.sampleRate,
    timestamp: 0,
  })
  await sound.add(sample)
  sample.close()
}

/** The video of an MP4, WebM or other file that the library knows. `warnings` says what of it could not be read. */
export async function decodeMedia(
  bytes: Uint8Array,
): Promise<{ readonly video: Video; readonly warnings: readonly string[] }> {
  const library = await loadMediaLibrary()
  const input = new library.Input({ source: new library.BufferSource(bytes), formats: library.ALL_FORMATS })
  const track = await input.getPrimaryVideoTrack().catch(() => null)
  if (!track) throw new Error('The file holds no video that can be read.')
  const { packetCount, averagePacketRate: fps } = await track.computePacketStats()
  const { displayWidth: width, displayHeight: height } = track
  if (packetCount * width * height > mostPixels) {
    throw new Error(
      `The video has ${packetCount} frames of ${width} × ${height} pixels, more than ${mostPixels} in all.`,
    )
  }
  const frames = await framesOf(library, track)
  if (frames.length === 0) throw new Error('The video holds no frame that can be read.')
  const data = new Float32Array(frames.length * width * height * 3)
  for (const [k, pixels] of frames.entries()) {
    for (let i = 0; i < width * height; i++) {
      for (let c = 0; c < 3; c++) data[(k * width * height + i) * 3 + c] = numberAt(pixels, i * 4 + c) / 255
    }
  }
  const sound = await soundOf(library, await input.getPrimaryAudioTrack().catch(() => null))
  const isUnread = sound === 'unread'
  const video = {
    frames: float32([frames.length, height, width, 3], data),
    fps,
    ...(sound && !isUnread && { audio: sound }),
  }
  return { video, warnings: isUnread ? ['The sound of the file cannot be decoded here: the video is silent.'] : [] }
}

async function framesOf(library: MediaLibrary, track: { readonly codec: string | null }): Promise<Uint8Array[]> {
  const frames: Uint8Array[] = []
  try {
    for await (const sample of new library.VideoSampleSink(track).samples()) {
      const pixels = new Uint8Array(sample.allocationSize({ format: 'RGBX' }))
      await sample.copyTo(pixels, { format: 'RGBX' })
      sample.close()
      frames.push(pixels)
    }
  } catch (cause) {
    throw new Error(`Video of the kind "${track.codec ?? '?'}" cannot be decoded here: ${String(cause)}`, { cause })
  }
  return frames
}

type SoundTrack = Awaited<ReturnType<InstanceType<MediaLibrary['Input']>['getPrimaryAudioTrack']>>

async function soundOf(library: MediaLibrary, track: SoundTrack): Promise<Audio | 'unread' | undefined> {
  if (!track) return undefined
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'unread'>((resolve) => {
    timer = setTimeout(() => resolve('unread'), audioMs)
  })
  const read = decodedSound(library, track).catch((): 'unread' => 'unread')
  return Promise.race([read, late]).finally(() => clearTimeout(timer))
}

async function decodedSound(library: MediaLibrary, track: NonNullable<SoundTrack>): Promise<Audio> {
  const parts = Array.from({ length: track.numberOfChannels }, (): Float32Array[] => [])
  for await (const sample of new library.AudioSampleSink(track).samples()) {
    for (const [planeIndex, channel] of parts.entries()) {
      const plane = { planeIndex, format: 'f32-planar' } as const
      const samples = new Float32Array(sample.allocationSize(plane) / 4)
      sample.copyTo(samples, plane)
      channel.push(samples)
    }
    sample.close()
  }
  const joined = (channel: readonly Float32Array[]) => {
    const samples = new Float32Array(channel.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const part of channel) {
      samples.set(part, at)
      at += part.length
    }
    return samples
  }
  return { samples: parts.map(joined), sampleRate: track.sampleRate }
}
