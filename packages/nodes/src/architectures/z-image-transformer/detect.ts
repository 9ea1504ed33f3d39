import type { WeightSource } from '@patchbay/onnx'
import { countOf, sizeAt } from '../../weights/shapes.ts'
import type { ZImageTransformerConfig } from './config.ts'

/** The config that the shapes of weights under diffusers' names tell. */
export function detectZImageConfig(source: WeightSource): ZImageTransformerConfig | undefined {
  const [width, inputs] = source.get('all_x_embedder.2-1.weight')?.shape ?? []
  const textWidth = sizeAt(source, 'cap_embedder.1.weight', 1)
  const head = sizeAt(source, 'layers.0.attention.norm_q.weight', 0)
  if (!width || !inputs || !textWidth || !head) return undefined
  return {
    inChannels: inputs / 4,
    width,
    layers: countOf(source, 'layers'),
    refinerLayers: countOf(source, 'noise_refiner'),
    heads: width / head,
    textWidth,
    normEps: 1e-5,
    // 32, 48, 48 of 128.
    axes: [head / 4, (3 * head) / 8, (3 * head) / 8],
    theta: 256,
    timeScale: 1000,
  }
}
