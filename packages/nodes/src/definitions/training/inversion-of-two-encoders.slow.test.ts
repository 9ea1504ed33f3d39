import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bindWeights, evaluate, Graph, openSafetensors } from '@patchbay/onnx'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLocalServices } from '../../host/local-services.ts'
import type { Conditioning } from '../../values/conditioning.ts'
import { createCaptionEncoder } from '../../encoding/encode-captions.ts'
import type { TextEncoderModel } from '../../values/text-encoder.ts'
import type { Services } from '../../host/services.ts'
import { referencePipelines, writeReferencePipeline } from '../../testing/reference-pipelines.ts'
import { runNode, type NodeRun } from '../../testing/run-node.ts'
import { firstVectors } from '../../training/adapters/inversion-in-training.ts'
import { learntText } from '../../training/adapters/learnt-text.ts'
import { textEncode } from '../conditioning/text-encode.ts'
import { loadPictureFolder } from '../data/load-picture-folder.ts'
import { pickPictures } from '../data/pick-pictures.ts'
import { loadCheckpoint } from '../loaders/load-checkpoint.ts'
import { trainTextualInversion } from './train-textual-inversion.ts'

let place: string
let services: Services
let opened: NodeRun['outputs']

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'patchbay-inversion-'))
  writeReferencePipeline(join(place, 'checkpoints/sdxl'), referencePipelines(), 'sdxl')
  const folders = ['checkpoints', 'embeddings'].map((name) => [name, [join(place, name)]] as const)
  services = createLocalServices({ output: join(place, 'output'), folders: Object.fromEntries(folders), threads: 1 })
  opened = (await runNode(loadCheckpoint, { checkpoint: 'sdxl' }, { services })).outputs
})
afterAll(() => {
  rmSync(place, { recursive: true, force: true })
})

async function train(name: string, inputs: Readonly<Record<string, unknown>>): Promise<NodeRun> {
  const robot = (await runNode(loadPictureFolder, { size: 64 }, { services })).outputs
  const four = (await runNode(pickPictures, { ...robot, count: 4 }, { services })).outputs
  const settings = { batch: 2, learningRate: 0.3, word: 'patchy', near: 'robot', sampleEvery: 0 }
  return runNode(trainTextualInversion, { ...four, ...opened, ...settings, name, ...inputs }, { services })
}
const fileOf = (name: string): string => join(place, `embeddings/${name}.safetensors`)
const conditioningOf = async (text: string): Promise<Conditioning[number]> => {
  const { outputs } = await runNode(textEncode, { textEncoder: opened['textEncoder'], text }, { services })
  const [part] = outputs['conditioning'] as Conditioning
  if (!part) throw new Error('a prompt has a part')
  return part
}
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const farthest = (a: ArrayLike<number> = [], b: ArrayLike<number> = []): number =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - (b[i] ?? NaN))))

test('SDXL’s two text encoders say in the loss what they say of a prompt', async () => {
  const model = opened['textEncoder'] as TextEncoderModel
  const learnt = { word: 'patchy', vectors: 1, batch: 2 }
  const text = await learntText(model, services.tokenizers, learnt)
  const graph = new Graph()
  const told = text.build(graph)
  graph.output('text', told.text)
  if (told.pooled) graph.output('pooled', told.pooled)
  const vectors = firstVectors(text, learnt, 'dog')
  const bind = bindWeights(text.weights)
  const captions = ['a patchy', 'patchy in a garden']
  const found = await evaluate(graph, text.feedsOf(captions), (parameter) => {
    const own = vectors[parameter.name]
    return own ? { type: 'tensor', tensor: own } : bind(parameter)
  })
  const expected = await createCaptionEncoder(
    services,
    model,
  )(captions.map((caption) => caption.replace('patchy', 'dog')))
  expect(farthest(expected.embeddings.data, found['text']?.data as Float32Array)).toBeLessThan(1e-4)
  expect(farthest(expected.pooled?.data, found['pooled']?.data as Float32Array)).toBeLessThan(1e-4)
})

test('a word is learnt for both, saved as the field shares it, and read by prompts', async () => {
  const { shown, outputs } = await train('word', { steps: 40, vectors: 2 })
  const losses = shown['loss'] as number[]
  expect(mean(losses.slice(-10))).toBeLessThan(mean(losses.slice(0, 10)))
  expect(outputs['word']).toBe('embedding:word')
  const file = openSafetensors(fileOf('word'))
  expect([...file.names].sort()).toEqual(['clip_g', 'clip_l'])
  expect(file.get('clip_l')?.shape[0]).toBe(2)
  const [learnt, known] = [await conditioningOf('a embedding:word'), await conditioningOf('a robot')]
  expect(farthest(learnt.pooled?.data, known.pooled?.data)).toBeGreaterThan(1e-3)
}, 240_000)

test('a word that has not been trained yet says what the known word says', async () => {
  await train('still', { steps: 1, learningRate: 0, vectors: 1, near: 'dog' })
  const [learnt, known] = [await conditioningOf('a embedding:still'), await conditioningOf('a dog')]
  expect(farthest(learnt.embeddings.data, known.embeddings.data)).toBeLessThan(1e-4)
  expect(farthest(learnt.pooled?.data, known.pooled?.data)).toBeLessThan(1e-4)
}, 240_000)

test('a training that goes on ends with the same bits as one that was left alone', async () => {
  await train('whole', { steps: 6 })
  await train('parts', { steps: 3 })
  await train('parts', { steps: 6 })
  const [whole, parts] = [openSafetensors(fileOf('whole')), openSafetensors(fileOf('parts'))]
  for (const name of ['clip_l', 'clip_g']) expect(Buffer.from(parts.read(name)).equals(whole.read(name))).toBe(true)
}, 240_000)
