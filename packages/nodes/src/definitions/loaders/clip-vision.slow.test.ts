import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { renameWeights, serializeSafetensors } from '@patchbay/onnx'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { imageFrom, type ImageTensor } from '../../image/image.ts'
import { createLocalServices } from '../../host/local-services.ts'
import type { Services } from '../../host/services.ts'
import { sliceBatch } from '../../tensor/index.ts'
import { referenceInput, referenceModel, referenceWeights } from '../../testing/reference-models.ts'
import { runNode } from '../../testing/run-node.ts'
import { clipVisionEncode } from '../image/clip-vision-encode.ts'
import { featureSimilarity } from '../image/feature-similarity.ts'
import { loadClipVision } from './load-clip-vision.ts'

const reference = referenceModel('clip', 'scorers')
let place: string
let services: Services

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-clip-vision-'))
  const folder = join(place, 'encoder')
  mkdirSync(folder)
  const whole = referenceWeights(reference)
  const vision = renameWeights(whole, (name) => (/^vis(ion|ual)_/.test(name) ? name : undefined))
  const config = reference.config as { vision_config: object; projection_dim: number }
  // As transformers saves CLIPVisionModelWithProjection, and a file of it by itself.
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ ...config.vision_config, projection_dim: 24 }))
  for (const path of ['encoder/model.safetensors', 'alone.safetensors']) {
    writeFileSync(join(place, path), serializeSafetensors(vision))
  }
  const text = renameWeights(whole, (name) => (name.startsWith('text_model.') ? name : undefined))
  writeFileSync(join(place, 'text.safetensors'), serializeSafetensors(text))
  services = createLocalServices({ folders: { clip_vision: [place] }, output: join(place, 'output') })
})
afterAll(() => {
  rmSync(place, { recursive: true, force: true })
})

/** Two pictures whose channels are spread over 0 to 1, as tests/reference/scorers.py makes them. */
function pictures(): ImageTensor {
  const values = referenceInput('pictures', 2, 3, 32, 32)
  const valueAt = (k: number, y: number, x: number, c: number) => values[((k * 3 + c) * 32 + y) * 32 + x] ?? 0
  return imageFrom(
    { batch: 2, height: 32, width: 32, channels: 3 },
    (k, y, x, c) => (valueAt(k, y, x, c) / Math.fround(1.7)) * 0.5 + 0.5,
  )
}
const run = async (...args: Parameters<typeof runNode>) => (await runNode(args[0], args[1], { services })).outputs
async function seen(name: string, image: ImageTensor, crop = 'center'): Promise<unknown> {
  const { clipVision } = await run(loadClipVision as never, { clipVision: name })
  return (await run(clipVisionEncode as never, { clipVision, image, crop }))['features']
}
const similarity = async (features: unknown, other: unknown) =>
  (await run(featureSimilarity as never, { features, reference: other }))['similarities'] as number[]

describe('CLIP vision', () => {
  test('sees pictures as transformers does: their similarity agrees within 1e-4', async () => {
    const image = pictures()
    const [whole, first] = [await seen('encoder', image), await seen('encoder', sliceBatch(image, 0, 1))]
    const unit = reference.outputs['pictures']?.values ?? []
    const cosine = unit.slice(0, 24).reduce((sum, value, i) => sum + value * (unit[24 + i] ?? NaN), 0)
    const [same = 0, different = 0] = await similarity(whole, first)
    expect(same).toBeCloseTo(1, 5)
    expect(Math.abs(different - cosine)).toBeLessThan(1e-4)
    expect(cosine).toBeLessThan(0.999)
  })

  test('looks at the middle of a wide picture, or at all of it', async () => {
    const wide = imageFrom({ batch: 1, height: 32, width: 64, channels: 3 }, (_, y, x, c) => ((x + y * c) % 9) / 8)
    const [middle, all] = [await seen('encoder', wide), await seen('encoder', wide, 'none')]
    const [alike = 1] = await similarity(middle, all)
    expect(alike).toBeLessThan(0.9999)
  })

  test('reads a file without a config', async () => {
    expect(await seen('alone.safetensors', pictures())).toMatchObject({ tensor: { shape: [2, 24] } })
  })

  test('compares as many with as many, or with one', async () => {
    const one = { model: 'a', kind: 'features', tensor: { shape: [3, 1], data: Float32Array.of(1, 2, 3) } }
    const two = { model: 'a', kind: 'features', tensor: { shape: [2, 1], data: Float32Array.of(1, 2) } }
    await expect(similarity(one, two)).rejects.toThrow('3 were given, and 2 to compare them with')
  })

  test('says what a file without an image tower looks like', async () => {
    await expect(seen('text.safetensors', pictures())).rejects.toThrow(
      'text.safetensors holds no image tower: it looks like a text encoder alone',
    )
  })
})
