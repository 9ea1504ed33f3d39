import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { durationOf, peakOf, type Audio } from '../../audio/audio.ts'
import { encodeWav } from '../../audio/wav.ts'
import { mouthTrack } from '../../dataset/mouth-track.ts'
import { createLocalServices } from '../../host/local-services.ts'
import { openSpeaker, type Speaker } from '../../speech/speaker.ts'
import { runNode } from '../../testing/run-node.ts'
import { loadAudio } from './load-audio.ts'
import { saveAudio } from './save-audio.ts'
import { speak } from './speak.ts'

let place: string
let speaker: Speaker
beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-audio-'))
  speaker = openSpeaker()
})
afterAll(() => {
  speaker.close()
  rmSync(place, { recursive: true, force: true })
})
const services = () => createLocalServices({ output: join(place, 'output'), folders: { input: [place] } })

test.each(['slt', 'rms', 'awb', 'kal16', 'kal'] as const)(
  'the phones of %s fill the whole sound, and begin and end with a pause',
  async (voice) => {
    const { audio, phones } = await speaker.speak('She sat down. Stop it!', { voice, speed: 1 })
    expect(phones.reduce((sum, { from, to }) => sum + to - from, 0)).toBeCloseTo(durationOf(audio), 6)
    expect(phones.map(({ name }) => name).filter((name) => name !== 'pau')).toEqual(
      'sh iy s ae t d aw n s t aa p ih t'.split(' '),
    )
    expect([phones[0]?.name, phones.at(-1)?.name]).toEqual(['pau', 'pau'])
    expect(peakOf(audio)).toBeGreaterThan(0.1)
  },
)

test('twice the speed takes half the time', async () => {
  const [slow, fast] = [
    await speaker.speak('A long way home.', { voice: 'slt', speed: 0.75 }),
    await speaker.speak('A long way home.', { voice: 'slt', speed: 1.5 }),
  ]
  expect(durationOf(slow.audio) / durationOf(fast.audio)).toBeCloseTo(2, 1)
})

test('a mouth opens with the vowels and shuts for the lips', async () => {
  const { audio, phones } = await speaker.speak('Mama saw papa.', { voice: 'slt', speed: 0.8 })
  const track = mouthTrack(phones, Math.floor(durationOf(audio) * 25), 25, 0)
  const at = (name: string): number => {
    const phone = phones.find((one) => one.name === name)
    return track[Math.floor(((phone?.from ?? 0) + (phone?.to ?? 0)) * 12.5)]?.openness ?? -1
  }
  expect(at('aa')).toBeGreaterThan(0.6)
  expect(at('m')).toBeLessThan(0.3)
  expect([track[0]?.openness, track.at(-1)?.openness]).toEqual([0, 0])
})

test('a text becomes a file, and the file the same sound', async () => {
  const said = await runNode(speak, { text: 'One two three. Grüß Gott, 你.' })
  expect(said.warnings).toEqual(['The voices read English: 你 is not said.'])
  expect(String(said.outputs['phonemes']).split('\n')[1]).toMatch(/^\d\.\d{3}\t\d\.\d{3}\tw$/)
  const kept = await runNode(saveAudio, { audio: said.outputs['audio'], name: 'said' }, { services: services() })
  expect(kept.artifacts).toMatchObject([{ name: 'said-00001.wav', kind: 'audio', mime: 'audio/wav' }])
  const read = await runNode(loadAudio, { file: 'output/said-00001.wav' }, { services: services() })
  expect(durationOf(read.outputs['audio'] as Audio)).toBeCloseTo(durationOf(said.outputs['audio'] as Audio), 6)
})

test('a text without a word and a file without a sound are told in a sentence', async () => {
  await expect(runNode(speak, { text: ' – ' })).rejects.toThrow('There is nothing to say')
  await expect(runNode(speak, { text: 'Good day.', voice: 'awb_time' })).rejects.toThrow('speaking clock')
  await writeFile(join(place, 'silent.wav'), encodeWav({ samples: [new Float32Array(800)], sampleRate: 8000 }))
  const silent = await runNode(loadAudio, { file: 'silent.wav' }, { services: services() })
  expect(silent.warnings).toEqual(['silent.wav is silent from its beginning to its end.'])
})
