import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { bindWeights, evaluate, float32, Graph, ops, parseTfjsBytes, type Value } from '@patchbay/onnx'
import { describe, expect, test } from 'vitest'
import { decodeImage } from '../../image/codec.ts'
import { resizeImage } from '../../image/resample.ts'

/** The npm package nsfwjs (MIT), unpacked; it is not installed, since it asks for all of TensorFlow.js beside it. */
const models = process.env['PATCHBAY_SHARED_MODELS'] ?? resolve(import.meta.dirname, '../../../../../../shared/models')
const folder = [join(models, 'nsfwjs'), resolve(import.meta.dirname, '../../../../node_modules/nsfwjs')]
  .map((root) => join(root, 'dist/models/inception_v3'))
  .find((path) => existsSync(path))

interface KerasLayer {
  readonly name: string
  readonly class_name: string
  readonly config: { readonly [key: string]: unknown }
  readonly inbound_nodes: readonly (readonly (readonly [from: string])[])[]
}
interface KerasModel {
  readonly modelTopology: { readonly model_config: { readonly config: { readonly layers: readonly KerasLayer[] } } }
  readonly weightsManifest: readonly { readonly paths: readonly string[] }[]
}

/** Builds a network from its own list of layers: NHWC kernels and the names of weights are as Keras has them. */
function buildKeras(graph: Graph, layers: readonly KerasLayer[], shapeOf: (name: string) => readonly number[]): Value {
  const built = new Map<string, Value>()
  const weight = (name: string): Value => graph.parameter(name, 'float32', shapeOf(name))
  let last: Value | undefined
  for (const {
    name,
    class_name: kind,
    config,
    inbound_nodes: [inbound = []],
  } of layers) {
    const inputs = inbound.map(([from]) => built.get(from)).filter((value) => value !== undefined)
    const [x] = inputs
    const own = (part: string): Value => weight(`${name}/${part}`)
    const [side = 1, other = 1] = Array.isArray(config['kernel_size'] ?? config['pool_size'])
      ? ((config['kernel_size'] ?? config['pool_size']) as readonly number[])
      : []
    const same = config['padding'] === 'same'
    const window = {
      kernel: [side, other],
      stride: (config['strides'] ?? [1, 1]) as readonly number[],
      padding: same ? [(side - 1) / 2, (other - 1) / 2] : 0,
    }
    const { kernel: _, ...convolution } = window
    const make: { readonly [kind: string]: (x: Value) => Value } = {
      Conv2D: (x) => ops.conv(x, ops.transpose(own('kernel'), [3, 2, 0, 1]), undefined, convolution),
      BatchNormalization: (x) => {
        const [bias, mean, variance] = [own('beta'), own('moving_mean'), own('moving_variance')]
        const scale = graph.constant(float32(shapeOf(`${name}/beta`), shapeOf(`${name}/beta`).flatMap(ones)))
        return ops.batchNormalization(x, { scale, bias, mean, variance }, Number(config['epsilon']))
      },
      MaxPooling2D: (x) => ops.maxPool(x, window),
      AveragePooling2D: (x) => ops.averagePool(x, window),
      Concatenate: () => ops.concat(inputs, 1),
      Flatten: (x) => ops.reshape(x, [1, 2048]),
      Dense: (x) => ops.gemm(x, own('kernel'), own('bias')),
      Activation: (x) => x,
      Dropout: (x) => x,
    }
    const value = x ? make[kind]?.(x) : graph.input('image', 'float32', [1, 3, 299, 299])
    if (!value) throw new Error(`${name}: a ${kind} is not expected in this network`)
    const activation = config['activation']
    last = activation === 'relu' ? ops.relu(value) : activation === 'softmax' ? ops.softmax(value) : value
    built.set(name, last)
  }
  if (!last) throw new Error('expected layers')
  return last
}

const ones = (length: number): readonly number[] => Array.from({ length }, () => 1)

const title = folder
  ? 'Inception v3 of nsfwjs, from its TensorFlow.js layers model'
  : 'Inception v3 of nsfwjs (skipped: unpack its npm package into ../shared/models/nsfwjs)'

describe.skipIf(!folder)(title, () => {
  test('finds a photograph of a cat harmless, from 8-bit weights in six shards', async () => {
    const load = createRequire(import.meta.url)
    const model = load(join(folder ?? '', 'model.min.js')) as KerasModel
    const shards = (model.weightsManifest[0]?.paths ?? []).map((path) =>
      Buffer.from(load(join(folder ?? '', `${path}.min.js`)) as string, 'base64'),
    )
    const source = parseTfjsBytes(model, Buffer.concat(shards), 'inception_v3')
    expect(source.names.filter((name) => name.endsWith('/kernel'))).toHaveLength(97)
    const graph = new Graph()
    const { layers } = model.modelTopology.model_config.config
    graph.output(
      'scores',
      buildKeras(graph, layers, (name) => source.get(name)?.shape ?? []),
    )
    const { image } = await decodeImage(readFileSync(resolve(import.meta.dirname, '../../../fixtures/chelsea.webp')))
    const { data } = resizeImage(image, { height: 299, width: 299 }, 'bilinear')
    const pixels = Float32Array.from({ length: 3 * 299 * 299 }, (_, i) => {
      return data[(i % (299 * 299)) * 3 + Math.floor(i / (299 * 299))] ?? 0
    })
    const { scores } = await evaluate(graph, { image: float32([1, 3, 299, 299], pixels) }, bindWeights(source))
    // Drawing, hentai, neutral, porn, sexy.
    expect(scores?.shape).toEqual([1, 5])
    expect(Number(scores?.data[2])).toBeGreaterThan(0.99)
  }, 120_000)
})
