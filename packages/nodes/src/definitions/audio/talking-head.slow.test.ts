import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { float32 } from '@patchbay/onnx/tensor'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Audio } from '../../audio/audio.ts'
import { melSpectrogram, wav2lipMel } from '../../audio/mel-spectrogram.ts'
import { closeWindow, faceByLot } from '../../dataset/face-drawing.ts'
import { drawTalkingClip, type TalkingClip } from '../../dataset/talking-clip.ts'
import { createLocalServices } from '../../host/local-services.ts'
import type { ImageTensor } from '../../image/image.ts'
import { lipSync, mouthMotion, soundOpenness } from '../../metrics/lip-sync.ts'
import { parseTalkingHead } from '../../networks/talking-head/talking-head.ts'
import { uniformSource } from '../../random/uniform-source.ts'
import { openSpeaker, type Speech } from '../../speech/speaker.ts'
import { runNode } from '../../testing/run-node.ts'
import {
  firstTalkingHead,
  publishedTalkingHead,
  talkingConfigOf,
  talkingHeadLoss,
} from '../../training/losses/talking-head-loss.ts'
import type { Video } from '../../video/video.ts'
import { lipSyncScore } from '../scores/lip-sync-score.ts'
import { animatePortrait } from './animate-portrait.ts'

const size = 32
let place: string
let speech: Speech
let clip: TalkingClip
beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-talking-'))
  const speaker = openSpeaker()
  speech = await speaker.speak('Mama and papa bought a large car in Obama.', { voice: 'slt', speed: 0.9 })
  speaker.close()
  const options = { size: 48, fps: 25, window: closeWindow, curve: 0.2, background: [255, 255, 255] } as const
  clip = await drawTalkingClip(faceByLot(uniformSource(4), 'lorelei'), speech, options)
})
afterAll(() => {
  rmSync(place, { recursive: true, force: true })
})
const services = () => createLocalServices({ output: place })

/** A head that copies the face, as it is before it is trained. */
function copyingHead() {
  const config = talkingConfigOf('small', size)
  const weights = publishedTalkingHead(firstTalkingHead(talkingHeadLoss(config, 1), 1), 'copy')
  return { ...parseTalkingHead(weights, 'copy'), config }
}
const sound = (seconds: number, value = 0): Audio => ({
  samples: [new Float32Array(seconds * 8000).fill(value)],
  sampleRate: 8000,
})
const picture = (side: number): ImageTensor =>
  float32(
    [1, side, side, 3],
    Float32Array.from({ length: side * side * 3 }, (_, i) => ((i * 7919) % 256) / 255),
  )
const byHand = { box: 'by hand', x: 8, y: 8, side: 40, feather: 0.1 } as const

test('a portrait lasts as long as the sound, and stays as it is outside of the lower half of the box', async () => {
  const image = picture(64)
  const run = await runNode(
    animatePortrait,
    { talkingHead: copyingHead(), image, audio: sound(0.4, 0.1), fps: 25, ...byHand },
    { services: services() },
  )
  const { frames, fps, audio } = run.outputs['video'] as Video
  expect([frames.shape, fps, audio?.sampleRate]).toEqual([[10, 64, 64, 3], 25, 8000])
  let [outside, inside] = [0, 0]
  for (const [i, value] of frames.data.entries()) {
    const [x, y] = [Math.floor(i / 3) % 64, Math.floor(i / 192) % 64]
    const change = Math.abs(value - (image.data[i % image.data.length] ?? 9))
    if (x >= 8 && x < 48 && y >= 8 + Math.floor(0.46 * 40) && y < 48) inside = Math.max(inside, change)
    else outside = Math.max(outside, change)
  }
  expect(outside).toBe(0)
  expect(inside).toBeGreaterThan(0.01)
})

test('a silent sound is told, and the mouth is given none', async () => {
  const inputs = { talkingHead: copyingHead(), image: picture(64), audio: sound(0.4), fps: 25, ...byHand }
  const { warnings } = await runNode(animatePortrait, inputs, { services: services() })
  expect(warnings).toEqual(['The sound is silent: the mouth stays shut.'])
})

test('a picture without a face, a box outside, and a sound of ten hours are refused in a sentence', async () => {
  const inputs = { talkingHead: copyingHead(), image: picture(64), audio: sound(0.4), fps: 25, ...byHand }
  const refused = (more: object) => runNode(animatePortrait, { ...inputs, ...more }, { services: services() })
  await expect(refused({ box: 'auto' })).rejects.toThrow('No face is found in the picture. Set "box" to "by hand"')
  await expect(refused({ x: 64 })).rejects.toThrow('lies outside of the picture, which has 64 × 64 pixels')
  const long = { samples: [new Float32Array(36_000 * 1000)], sampleRate: 1000 }
  await expect(refused({ audio: long })).rejects.toThrow('The sound lasts 10.0 hours, and at most 60 minutes fit here')
  const hour = { samples: [new Float32Array(3600 * 1000)], sampleRate: 1000 }
  await expect(refused({ audio: hour, image: picture(2048) })).rejects.toThrow('cut the sound to')
})

test('the lips of a drawn clip go with its sound, and are three frames late where they are shown so', async () => {
  const frames = clip.mouths.length
  const all = float32(
    [frames, 48, 48, 3],
    Float32Array.from(clip.frames, (value) => value / 255),
  )
  const heard = soundOpenness(melSpectrogram(speech.audio, wav2lipMel), frames, 25)
  const motion = mouthMotion(all)
  const { offset, correlation } = lipSync(motion, heard)
  expect(Math.abs(offset)).toBeLessThanOrEqual(1)
  expect(correlation).toBeGreaterThan(0.5)
  const late = Float64Array.from(motion, (_, i) => motion[Math.max(0, i - 3)] ?? 0)
  expect(lipSync(late, heard).offset - offset).toBe(3)
  const scored = await runNode(lipSyncScore, { video: { frames: all, fps: 25 }, audio: speech.audio })
  expect(scored.outputs).toEqual({ offset, correlation })
})
