import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bindWeights, featureMap, Graph, ops, Scope, serializeModel, type Dim, type Value } from '@patchbay/onnx'
import { afterAll, describe, expect, test } from 'vitest'
import { clipText, pooledText } from '../architectures/clip-text/clip-text.ts'
import { parseClipTextConfig } from '../architectures/clip-text/config.ts'
import { clipVision, parseClipVisionConfig } from '../architectures/clip-vision/clip-vision.ts'
import { imageFrom, picturesOf } from '../image/image.ts'
import { createLocalServices } from '../host/local-services.ts'
import { cosineSimilarity } from '../metrics/index.ts'
import { referenceInput, referenceModel, referenceWeights } from '../testing/reference-models.ts'
import { openFeatureModel } from './feature-model.ts'
import { encodePictures } from '../networks/image-encoder.ts'
import { embedTexts, openScoreTowers } from './score-towers.ts'

const folder = mkdtempSync(join(tmpdir(), 'patchbay-exported-towers-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})
const services = createLocalServices({ output: folder })
/** What transformers' CLIPModel gives: see tests/reference/scorers.py. */
const clip = referenceModel('clip', 'scorers')
const weights = referenceWeights(clip)
const config = clip.config as { projection_dim: number; text_config: object; vision_config: object }
const visionConfig = { ...parseClipVisionConfig(config.vision_config, 'vision_config'), projectionSize: 24 }
const textConfig = { ...parseClipTextConfig(config.text_config, 'text_config'), projectionSize: 24 }

/** A graph with the inputs and outputs that exporters give it. */
function graphOf(towers: readonly ('text' | 'vision')[], texts: Dim): Uint8Array {
  const graph = new Graph()
  const scope = new Scope(graph)
  if (towers.includes('vision')) {
    const pixels = featureMap(graph.input('pixel_values', 'float32', ['pictures', 3, 32, 32]))
    graph.output('image_embeds', clipVision(scope, visionConfig, pixels).embedding)
  }
  if (towers.includes('text')) {
    const ids = graph.input('input_ids', 'int64', [texts, 77])
    const mask = graph.input('attention_mask', 'int64', [texts, 77])
    // The end token has the highest id, and what is behind it is masked.
    const ends = ops.argMax(ops.mul(ids, mask), { axis: 1, keepDims: false })
    const column = (values: Value): Value => ops.unsqueeze(values, [1])
    const places = ops.concat([column(ops.range(graph, texts)), column(ends)], 1)
    const { lastHiddenState } = clipText(scope, textConfig, { tokens: ids })
    graph.output('text_embeds', pooledText(scope, textConfig, lastHiddenState, places))
  }
  return serializeModel(graph, bindWeights(weights)).bytes
}

/** A folder as exporters write it. */
function written(name: string, files: Readonly<Record<string, Uint8Array | object>>): (file: string) => string {
  for (const [file, content] of Object.entries(files)) {
    const path = join(folder, name, file)
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, content instanceof Uint8Array ? content : JSON.stringify(content))
  }
  return (file) => join(folder, name, file)
}

const pictures = (() => {
  const values = referenceInput('pictures', 2, 3, 32, 32)
  const size = { batch: 2, height: 32, width: 32, channels: 3 }
  return imageFrom(
    size,
    (k, y, x, c) => ((values[((k * 3 + c) * 32 + y) * 32 + x] ?? 0) / Math.fround(1.7)) * 0.5 + 0.5,
  )
})()

async function cosinesBy(path: string): Promise<readonly number[]> {
  const towers = openScoreTowers(path)
  const seen = await encodePictures(services.sessions, towers.image, 'embedding', picturesOf([pictures]))
  const said = await embedTexts(services, towers, ['a photo of a cat', 'a dog'])
  const row = (vectors: typeof seen, k: number) => vectors.values.subarray(k * vectors.width, (k + 1) * vectors.width)
  return [0, 1].flatMap((k) => [0, 1].map((j) => cosineSimilarity(row(seen, k), row(said, j))))
}
const expected = clip.outputs['cosines']?.values ?? []

describe('CLIP as it was exported to ONNX agrees with transformers within 1e-4', () => {
  test('both towers in one graph', async () => {
    const at = written('whole', { 'model.onnx': graphOf(['text', 'vision'], 'texts'), 'config.json': config })
    const cosines = await cosinesBy(at('model.onnx'))
    for (const [i, value] of expected.entries()) expect(cosines[i]).toBeCloseTo(value, 4)
    expect(openScoreTowers(at('model.onnx')).name).toBe('whole')
  })

  test.each(['text_model_quantized.onnx', 'vision_model_quantized.onnx'])(
    'a graph for each, in a folder "onnx" below the config, the one for texts made for one: by %s',
    async (file) => {
      const at = written('apart', {
        'onnx/text_model_quantized.onnx': graphOf(['text'], 1),
        'onnx/vision_model_quantized.onnx': graphOf(['vision'], 'texts'),
        'config.json': { ...config, model_type: 'clip' },
      })
      const cosines = await cosinesBy(at(`onnx/${file}`))
      for (const [i, value] of expected.entries()) expect(cosines[i]).toBeCloseTo(value, 4)
      expect(openScoreTowers(at(`onnx/${file}`)).name).toBe('apart')
    },
  )
})

test('an exported image tower serves as a feature model', async () => {
  const at = written('features', { 'model.onnx': graphOf(['text', 'vision'], 'texts'), 'config.json': config })
  const found = await encodePictures(
    services.sessions,
    openFeatureModel(at('model.onnx')),
    'features',
    picturesOf([pictures]),
  )
  expect([found.count, found.width]).toEqual([2, 24])
})

test('a tower without the other, or of another kind of model, is refused with what is expected', () => {
  const alone = written('alone', { 'text_model.onnx': new Uint8Array(1) })
  expect(() => openScoreTowers(alone('text_model.onnx'))).toThrow(
    'text_model.onnx holds one tower of CLIP: the other one, vision_model.onnx, is expected beside it',
  )
  const other = written('other', { 'model.onnx': new Uint8Array(1), 'config.json': { model_type: 'siglip' } })
  expect(() => openScoreTowers(other('model.onnx'))).toThrow('of the kind "siglip"; expected CLIP')
})
