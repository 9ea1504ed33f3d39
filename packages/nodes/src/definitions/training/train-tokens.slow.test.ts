import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLocalServices } from '../../host/local-services.ts'
import type { Services } from '../../host/services.ts'
import { runNode } from '../../testing/run-node.ts'
import { loadPictureFolder } from '../data/load-picture-folder.ts'
import { pickPictures } from '../data/pick-pictures.ts'
import { trainImageTokenizer } from './train-image-tokenizer.ts'
import { trainTokenModel } from './train-token-model.ts'

let place: string
let services: Services
let dataset: unknown
beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-token-training-'))
  const folders = ['image_tokenizers', 'token_models'].map((name) => [name, [join(place, name)]] as const)
  services = createLocalServices({ output: join(place, 'output'), folders: Object.fromEntries(folders), threads: 1 })
  const robot = (await runNode(loadPictureFolder, { size: 16 }, { services })).outputs['dataset']
  dataset = (await runNode(pickPictures, { dataset: robot, count: 4 })).outputs['dataset']
})
afterAll(() => {
  rmSync(place, { recursive: true, force: true })
})

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

test('a tokenizer and both kinds of models on its codes learn four pictures, and are saved as loaders open them', async () => {
  const common = { dataset, network: 'tiny', batch: 4, learningRate: 1e-2, emaDecay: 0.9 }
  const settings = { ...common, levels: '4,4,4', halvings: 2, name: 'codes', steps: 60, sampleEvery: 60 }
  const trained = await runNode(trainImageTokenizer, settings, { services })
  const losses = trained.shown['loss'] as number[]
  expect(mean(losses.slice(-5))).toBeLessThan(0.6 * mean(losses.slice(0, 5)))
  const { imageTokenizer } = trained.outputs
  for (const kind of ['one by one', 'masked']) {
    const model = { ...common, imageTokenizer, kind, name: kind.replaceAll(' ', '-'), steps: 60, sampleEvery: 60 }
    const result = await runNode(trainTokenModel, model, { services })
    const own = result.shown['loss'] as number[]
    expect(mean(own.slice(-5)), kind).toBeLessThan(0.8 * mean(own.slice(0, 5)))
    expect(result.outputs['tokenModel']).toMatchObject({ kind: kind === 'masked' ? 'masked' : 'one-by-one' })
    expect(result.previews.length).toBeGreaterThan(0)
  }
})
