import { createHash } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createRegistry } from '@patchbay/engine'
import { imageFrom, type ImageTensor } from '../../image/image.ts'
import { pictureTexts } from '../../picture-texts/index.ts'
import { runNode } from '../../testing/run-node.ts'
import { decodeVideo } from '../../video/decode-video.ts'
import { missingMedia } from '../../video/media-library.ts'
import { delaysOf, isVideo, type Video } from '../../video/video.ts'
import { nodeDefinitions } from '../index.ts'
import { framesToVideo } from './frames-to-video.ts'
import { loadVideo } from './load-video.ts'
import { previewVideo } from './preview-video.ts'
import { saveVideo } from './save-video.ts'
import { videoToFrames } from './video-to-frames.ts'

/** Frames whose every value is one that a byte holds, the third as the second. */
const moving = (frames = 5): ImageTensor =>
  imageFrom({ batch: frames, height: 6, width: 8, channels: 3 }, (k, y, x, c) => {
    const seen = k === 2 ? 1 : k
    return ((seen * 40 + y * 9 + x * 5 + c * 70) % 256) / 255
  })
const video: Video = { frames: moving(), fps: 12 }

async function saved(settings: Readonly<Record<string, unknown>>, given: unknown = video) {
  const files: Uint8Array[] = []
  const run = await runNode(
    saveVideo,
    { video: given, ...settings },
    {
      services: {
        embedded: { patchbay: '{"nodes":{}}' },
        saveArtifact: (bytes, { kind, mime, extension }) => {
          files.push(bytes)
          const hash = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
          return Promise.resolve({ hash, name: `video.${extension}`, mime, bytes: bytes.length, kind })
        },
      },
    },
  )
  return { bytes: files[0] ?? new Uint8Array(), run }
}

test('a lossless WebP gives back every pixel, the pace, and the workflow', async () => {
  const { bytes, run } = await saved({ lossless: true })
  expect(run.artifacts).toMatchObject([{ kind: 'video', mime: 'image/webp' }])
  const { video: back, warnings } = await decodeVideo(bytes)
  expect(warnings).toEqual([])
  expect(back.frames.shape).toEqual([5, 6, 8, 3])
  expect(back.frames.data).toEqual(video.frames.data)
  expect(back.fps).toBeCloseTo(12, 1)
  expect(await pictureTexts(bytes)).toMatchObject({ patchbay: '{"nodes":{}}' })
})

test('a GIF keeps frames and pace as near as its hundredths of a second, and says what it leaves out', async () => {
  const { bytes, run } = await saved(
    { format: 'gif' },
    { ...video, audio: { samples: [new Float32Array(9)], sampleRate: 9 } },
  )
  expect(run.warnings).toEqual([expect.stringContaining('A GIF is silent'), expect.stringContaining('not embedded')])
  const back = await decodeVideo(bytes)
  expect(back.video.frames.shape.slice(0, 3)).toEqual([5, 6, 8])
  expect(back.video.fps).toBeCloseTo(12, 0)
})

test('times of frames add up to the length of the video, in whole units', () => {
  const delays = delaysOf({ frames: moving(24), fps: 24 }, 10)
  expect(delays.reduce((sum, delay) => sum + delay)).toBe(1000)
  expect(new Set(delays)).toEqual(new Set([40, 50]))
})

test('MP4 without its packages is refused in a sentence that says what to install', async () => {
  await expect(saved({ format: 'mp4' })).rejects.toThrow(missingMedia)
})

test('a video is opened from the input folder, and a file that is none is told', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'video-'))
  const { bytes } = await saved({ lossless: true })
  await writeFile(join(folder, 'clip.webp'), bytes)
  const services = { pathOf: (_: string, name: string) => Promise.resolve(join(folder, name)) }
  const { outputs, shown } = await runNode(loadVideo, { file: 'clip.webp' }, { services })
  expect(isVideo(outputs['video']) && outputs['video'].frames.data).toEqual(video.frames.data)
  expect(shown).toMatchObject({ frames: 5, width: 8, height: 6, sound: false })
})

test('frames become a video and come back, and a preview plays it', async () => {
  const made = await runNode(framesToVideo, { image: moving(), fps: 10 })
  const { outputs } = await runNode(videoToFrames, { video: made.outputs['video'] })
  expect(outputs).toMatchObject({ fps: 10, count: 5, image: { shape: [5, 6, 8, 3] } })
  const { previews } = await runNode(previewVideo, { video: made.outputs['video'] })
  expect((await decodeVideo(previews[0]?.bytes ?? new Uint8Array())).video.frames.shape).toEqual([5, 6, 8, 3])
})

test('pictures fit where a video is taken, and a video where pictures are', async () => {
  const registry = createRegistry({ nodes: nodeDefinitions })
  const [image, moves] = ['image', 'video'].map((name) => registry.socketTypes.get(name))
  const there = registry.fit('image', moves ? [moves] : [])
  const back = registry.fit('video', image ? [image] : [])
  expect(there.ok && (await there.coercion?.convert(video.frames))).toEqual({ frames: video.frames, fps: 8 })
  expect(back.ok && (await back.coercion?.convert(video))).toBe(video.frames)
})
