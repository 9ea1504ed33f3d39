import type { WeightSource } from '@patchbay/onnx'
import { countOf, indicesBelow, sizeAt } from '../../weights/shapes.ts'
import type { SD3TransformerConfig } from './config.ts'

/** The config that the shapes of weights under diffusers' names tell. */
export function detectSD3Config(source: WeightSource): SD3TransformerConfig | undefined {
  const [width, inChannels, patchSize] = source.get('pos_embed.proj.weight')?.shape ?? []
  const places = sizeAt(source, 'pos_embed.pos_embed', 1)
  const textWidth = sizeAt(source, 'context_embedder.weight', 1)
  const pooledWidth = sizeAt(source, 'time_text_embed.text_embedder.linear_1.weight', 1)
  const out = sizeAt(source, 'proj_out.weight', 0)
  if (!width || !inChannels || !patchSize || !places || !textWidth || !pooledWidth || !out) return undefined
  const layers = countOf(source, 'transformer_blocks')
  const normWidth = sizeAt(source, 'transformer_blocks.0.attn.norm_q.weight', 0)
  // Every published one has heads of 64.
  const headWidth = normWidth ?? 64
  return {
    inChannels,
    outChannels: out / patchSize ** 2,
    patchSize,
    layers,
    heads: width / headWidth,
    headWidth,
    textWidth,
    pooledWidth,
    placesSide: Math.round(Math.sqrt(places)),
    dualLayers: indicesBelow(layers).filter((layer) => source.get(`transformer_blocks.${layer}.attn2.to_q.weight`)),
    qkNorm: normWidth !== undefined,
  }
}
