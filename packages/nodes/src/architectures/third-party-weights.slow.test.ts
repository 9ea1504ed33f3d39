import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  bindWeights,
  evaluate,
  featureMap,
  float32,
  Graph,
  mapValues,
  openTflite,
  openTorch,
  ops,
  Scope,
  toChannelsFirst,
} from '@patchbay/onnx'
import { describe, expect, test } from 'vitest'
import { decodeImage } from '../image/codec.ts'
import { decodeTiny, encodeTiny, taef2Config, taef2Weights } from './autoencoder-tiny/autoencoder-tiny.ts'
import { mobileNetV2, mobileNetV2Weights } from './scorers/mobilenet-v2.ts'

/** Third-party weights lie beside the repository unless PATCHBAY_SHARED_MODELS says otherwise. */
const models = process.env['PATCHBAY_SHARED_MODELS'] ?? resolve(import.meta.dirname, '../../../../../shared/models')
const has = existsSync(models)

/** A photograph of a cat in 0 to 1, [1, 3, 256, 256]. */
async function cat(): Promise<Float32Array> {
  const { image } = await decodeImage(readFileSync(resolve(import.meta.dirname, '../../fixtures/chelsea.webp')))
  return Float32Array.from(
    { length: 3 * 256 * 256 },
    (_, i) => image.data[(i % 65536) * 3 + Math.floor(i / 65536)] ?? 0,
  )
}

describe.skipIf(!has)('networks of others, with their own weights (needs ../shared/models)', () => {
  test('TAEF2 gives a photograph back at 28.8 dB, from a torch file', async () => {
    const [encoder, decoder] = ['encoder', 'decoder'].map((half) => openTorch(join(models, `taef2/taef2_${half}.pth`)))
    if (!encoder || !decoder) throw new Error('expected two files')
    const graph = new Graph()
    const scope = new Scope(graph)
    const image = featureMap(graph.input('image', 'float32', [1, 3, 256, 256]))
    const latents = encodeTiny(
      scope,
      taef2Config,
      mapValues(image, (x) => ops.sub(ops.mul(x, 2), 1)),
    )
    graph.output('latents', toChannelsFirst(latents))
    const decoded = toChannelsFirst(decodeTiny(scope, taef2Config, latents))
    graph.output('image_out', ops.clip(ops.add(ops.mul(decoded, 0.5), 0.5), 0, 1))
    const pixels = await cat()
    const bind = bindWeights(taef2Weights(encoder, decoder))
    const results = await evaluate(graph, { image: float32([1, 3, 256, 256], pixels) }, bind)
    expect(results['latents']?.shape).toEqual([1, 32, 32, 32])
    const out = results['image_out']
    if (out?.dtype !== 'float32') throw new Error('expected float32')
    const error = pixels.reduce((sum, value, i) => sum + (value - (out.data[i] ?? NaN)) ** 2, 0) / pixels.length
    expect(-10 * Math.log10(error)).toBeGreaterThan(28)
  })

  test('MobileNetV2 sees a cat of the house, from a TensorFlow Lite file of 8 bits', async () => {
    const folder = join(models, 'mobilenet-v2')
    const weights = mobileNetV2Weights(openTflite(join(folder, 'tf2_mobilenet_v2_1.0_224_ptq.tflite')))
    const labels = readFileSync(join(folder, 'imagenet_labels.txt'), 'utf8').split('\n')
    const graph = new Graph()
    const photo = ops.resize(graph.input('image', 'float32', [1, 3, 256, 256]), 224 / 256, { mode: 'linear' })
    const { features, logits } = mobileNetV2(new Scope(graph), featureMap(ops.sub(ops.mul(photo, 2), 1)))
    graph.output('probabilities', ops.softmax(logits))
    graph.output('features', features)
    const results = await evaluate(graph, { image: float32([1, 3, 256, 256], await cat()) }, bindWeights(weights))
    const { probabilities } = results
    if (probabilities?.dtype !== 'float32') throw new Error('expected float32')
    const best = [...probabilities.data.keys()].toSorted(
      (a, b) => (probabilities.data[b] ?? 0) - (probabilities.data[a] ?? 0),
    )
    expect(best.slice(0, 3).map((index) => labels[index])).toEqual(['Egyptian cat', 'tiger cat', 'tabby, tabby cat'])
    expect(results['features']?.shape).toEqual([1, 1280])
  })

  test('MobileNetV2 refuses the weights of another network', () => {
    expect(() => mobileNetV2Weights(openTorch(join(models, 'taef2/taef2_encoder.pth')))).toThrow('is not MobileNetV2')
  })
})
