import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * The part of `mediabunny` (MPL-2.0) that writes and reads MP4 and WebM. It is no dependency: its codecs in Node,
 * `@napi-rs/webcodecs`, contain encoders under the GPL, so that a person installs both.
 */
export interface MediaLibrary {
  readonly BufferTarget: new () => { readonly buffer: ArrayBuffer | null }
  readonly BufferSource: new (bytes: Uint8Array) => unknown
  readonly Mp4OutputFormat: new (options: { fastStart: 'in-memory' }) => unknown
  readonly WebMOutputFormat: new () => unknown
  readonly Output: new (options: { format: unknown; target: unknown }) => MediaOutput
  readonly Input: new (options: { source: unknown; formats: unknown }) => MediaInput
  readonly ALL_FORMATS: unknown
  readonly VideoSampleSource: new (options: { codec: string; bitrate: number }) => SampleSource
  readonly AudioSampleSource: new (options: { codec: string; bitrate: number }) => SampleSource
  readonly VideoSample: new (pixels: Uint8Array, options: FrameOptions) => VideoSample
  readonly AudioSample: new (options: SoundOptions) => AudioSample
  readonly VideoSampleSink: new (track: unknown) => { samples(): AsyncIterable<VideoSample> }
  readonly AudioSampleSink: new (track: unknown) => { samples(): AsyncIterable<AudioSample> }
}
interface FrameOptions {
  readonly format: 'RGBX'
  readonly codedWidth: number
  readonly codedHeight: number
  readonly colorSpace: {
    readonly primaries: string
    readonly transfer: string
    readonly matrix: string
    readonly fullRange: boolean
  }
  /** Both in seconds. */
  readonly timestamp: number
  readonly duration: number
}
interface SoundOptions {
  readonly data: Float32Array
  readonly format: 'f32-planar'
  readonly numberOfChannels: number
  readonly sampleRate: number
  readonly timestamp: number
}
interface SampleSource {
  add(sample: unknown): Promise<void>
}
interface VideoSample {
  readonly displayWidth: number
  readonly displayHeight: number
  allocationSize(options: { format: 'RGBX' }): number
  copyTo(pixels: Uint8Array, options: { format: 'RGBX' }): Promise<unknown>
  close(): void
}
interface AudioSample {
  allocationSize(options: { planeIndex: number; format: 'f32-planar' }): number
  copyTo(samples: Float32Array, options: { planeIndex: number; format: 'f32-planar' }): void
  close(): void
}
interface MediaOutput {
  addVideoTrack(source: SampleSource, options: { frameRate: number }): void
  addAudioTrack(source: SampleSource): void
  setMetadataTags(tags: { comment: string }): void
  start(): Promise<void>
  finalize(): Promise<void>
}
interface MediaInput {
  getPrimaryVideoTrack(): Promise<VideoTrack | null>
  getPrimaryAudioTrack(): Promise<AudioTrack | null>
}
interface VideoTrack {
  readonly codec: string | null
  readonly displayWidth: number
  readonly displayHeight: number
  computePacketStats(): Promise<{ readonly packetCount: number; readonly averagePacketRate: number }>
}
interface AudioTrack {
  readonly codec: string | null
  readonly sampleRate: number
  readonly numberOfChannels: number
}

/** What is missing where MP4 and WebM are asked for without the packages that write them. */
export const missingMedia =
  'MP4 and WebM need two packages that are not installed: run "npm install mediabunny @napi-rs/webcodecs" where ' +
  'Patchbay is installed, or in the folder it is started in. Animated WebP and GIF need nothing.'

const codecClasses = [
  'VideoEncoder',
  'VideoDecoder',
  'AudioEncoder',
  'AudioDecoder',
  'VideoFrame',
  'AudioData',
  'EncodedVideoChunk',
  'EncodedAudioChunk',
  'VideoColorSpace',
]

/** Throws an Error that says how to install the packages where they are not there. */
export async function loadMediaLibrary(): Promise<MediaLibrary> {
  const [codecs, library] = await Promise.all([moduleNamed('@napi-rs/webcodecs'), moduleNamed('mediabunny')])
  // The library looks for the codecs where a browser has them.
  for (const name of codecClasses) {
    if (!(name in globalThis)) Object.defineProperty(globalThis, name, { value: codecs[name], configurable: true })
  }
  return library as unknown as MediaLibrary
}

async function moduleNamed(name: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(name)) as Readonly<Record<string, unknown>>
  } catch (error) {
    if (!isMissing(error)) throw error
  }
  try {
    const path = createRequire(join(process.cwd(), 'package.json')).resolve(name)
    const found = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>
    // What is found so may be the CommonJS build, whose exports are together in one.
    return { ...found, ...(typeof found['default'] === 'object' ? found['default'] : {}) }
  } catch (cause) {
    throw isMissing(cause) ? new Error(missingMedia, { cause }) : cause
  }
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(String(error.code))
  )
}
