import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createLocalServices } from '../../host/local-services.ts'
import { runNode } from '../../testing/run-node.ts'
import type { Dataset } from '../../dataset/dataset.ts'
import { faceCaptionsOf } from '../../dataset/face-drawing.ts'
import { facePictures } from './face-pictures.ts'

let place: string
beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-faces-'))
})
afterEach(() => {
  rmSync(place, { recursive: true, force: true })
})
async function faces(inputs: Readonly<Record<string, unknown>> = {}): Promise<Dataset> {
  const services = createLocalServices({ output: join(place, 'output'), work: join(place, 'work'), folders: {} })
  return (
    await runNode(
      facePictures,
      { size: 32, count: 12, seed: 1, view: 'whole', expression: 'lorelei', ...inputs },
      { services },
    )
  ).outputs['dataset'] as Dataset
}
const hash = ({ pixels }: Dataset) => createHash('sha256').update(pixels).digest('hex')

test('faces of a seed are the same bytes each time, of another seed others', async () => {
  const first = await faces()
  rmSync(join(place, 'work'), { recursive: true })
  expect(hash(await faces())).toBe(hash(first))
  expect(hash(await faces({ seed: 2 }))).not.toBe(hash(first))
})

test('every face differs, is drawn, and has captions of its own', async () => {
  const { pictures, pixels } = await faces()
  const each = pictures.map((_, i) => pixels.subarray(i * 32 * 32 * 4, (i + 1) * 32 * 32 * 4))
  expect(new Set(each.map((one) => createHash('sha256').update(one).digest('hex'))).size).toBe(12)
  expect(each.every((one) => one.some((value, i) => i % 4 === 3 && value > 0))).toBe(true)
  for (const { captions } of pictures)
    expect(captions[0]).toMatch(/^a (happy|sad) face with (black|brown|blond|red|grey) hair/)
})

test('captions say what the face is made of, the plainest first', () => {
  expect(faceCaptionsOf({ mood: 'sad', hair: 'red', wears: ['glasses', 'beard'] })).toEqual([
    'a sad face with red hair, glasses and a beard',
    'a sad face',
    'a frowning face with red hair',
    'a drawing of a face with red hair, glasses and a beard, line style',
  ])
  expect(faceCaptionsOf({ mood: 'happy', hair: 'black', wears: [] })[0]).toBe('a happy face with black hair')
})

test('a drawn mouth is told by its curve, and close up it fills more of the picture', async () => {
  const whole = await faces({ expression: 'drawn' })
  const close = await faces({ expression: 'drawn', view: 'close' })
  expect(close.pictures).toEqual(whole.pictures)
  expect(hash(close)).not.toBe(hash(whole))
  expect(new Set(close.pictures.map(({ captions }) => captions[1]?.split(' ')[1]))).toEqual(
    new Set(['happy', 'calm', 'sad']),
  )
})
