import type { WeightSource } from '@patchbay/onnx'
import { countOf, sizeAt } from '../../weights/shapes.ts'
import type { ClipVisionConfig } from './clip-vision.ts'

/** The config of a CLIP image encoder from its weights, or undefined where they are none of one. */
export function detectClipVisionConfig(source: WeightSource): ClipVisionConfig | undefined {
  const [hiddenSize, , patchSize] = source.get('vision_model.embeddings.patch_embedding.weight')?.shape ?? []
  const positions = sizeAt(source, 'vision_model.embeddings.position_embedding.weight', 0)
  const projectionSize = sizeAt(source, 'visual_projection.weight', 0)
  if (!hiddenSize || !patchSize || !positions || !projectionSize) return undefined
  return {
    hiddenSize,
    intermediateSize: sizeAt(source, 'vision_model.encoder.layers.0.mlp.fc1.weight', 0) ?? 4 * hiddenSize,
    layers: countOf(source, 'vision_model.encoder.layers'),
    // Every published tower has heads of 64 channels but OpenCLIP's H (80) and bigG (104).
    heads: Math.max(1, Math.round(hiddenSize / ({ 1280: 80, 1664: 104 }[hiddenSize] ?? 64))),
    imageSize: Math.round(Math.sqrt(positions - 1)) * patchSize,
    patchSize,
    activation: hiddenSize > 1024 ? 'gelu' : 'quick_gelu',
    normEps: 1e-5,
    projectionSize,
  }
}
