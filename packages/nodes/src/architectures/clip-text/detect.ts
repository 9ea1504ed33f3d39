import type { WeightSource } from '@patchbay/onnx'
import { countOf, sizeAt } from '../../weights/shapes.ts'
import type { ClipTextConfig } from './config.ts'

/** The config of a CLIP text encoder from its weights, or undefined where they are none of one. */
export function detectClipTextConfig(source: WeightSource): ClipTextConfig | undefined {
  const tokens = source.get('text_model.embeddings.token_embedding.weight')?.shape
  const [vocabularySize, hiddenSize] = tokens ?? []
  if (vocabularySize === undefined || hiddenSize === undefined) return undefined
  const projectionSize = sizeAt(source, 'text_projection.weight', 0)
  return {
    vocabularySize,
    hiddenSize,
    intermediateSize: sizeAt(source, 'text_model.encoder.layers.0.mlp.fc1.weight', 0) ?? 4 * hiddenSize,
    layers: countOf(source, 'text_model.encoder.layers'),
    heads: Math.max(1, hiddenSize / 64),
    maxTokens: sizeAt(source, 'text_model.embeddings.position_embedding.weight', 0) ?? 77,
    // OpenAI's ViT-L has 768 channels and QuickGELU; OpenCLIP's H (1024) and bigG (1280) have the exact GELU.
    activation: hiddenSize > 768 ? 'gelu' : 'quick_gelu',
    normEps: 1e-5,
    ...(projectionSize !== undefined && { projectionSize }),
    endToken: vocabularySize - 1,
  }
}
