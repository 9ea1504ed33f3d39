import type { WeightSource } from '@patchbay/onnx'
import { countOf, sizeAt } from '../../weights/shapes.ts'
import type { FluxTransformerConfig } from './config.ts'

/** The config that the shapes of weights under diffusers' names tell. */
export function detectFluxConfig(source: WeightSource): FluxTransformerConfig | undefined {
  const [width, inChannels] = source.get('x_embedder.weight')?.shape ?? []
  const outChannels = sizeAt(source, 'proj_out.weight', 0)
  const textWidth = sizeAt(source, 'context_embedder.weight', 1)
  const pooledWidth = sizeAt(source, 'time_text_embed.text_embedder.linear_1.weight', 1)
  const headWidth = sizeAt(source, 'transformer_blocks.0.attn.norm_q.weight', 0)
  if (!width || !inChannels || !outChannels || !textWidth || !pooledWidth || !headWidth) return undefined
  return {
    inChannels,
    outChannels,
    layers: countOf(source, 'transformer_blocks'),
    singleLayers: countOf(source, 'single_transformer_blocks'),
    heads: width / headWidth,
    headWidth,
    textWidth,
    pooledWidth,
    guidance: source.get('time_text_embed.guidance_embedder.linear_1.weight') !== undefined,
    axes: axesOf(headWidth),
  }
}

/** Flux's share of a head: an eighth for which picture, the rest for rows and columns (16, 56, 56 of 128). */
function axesOf(headWidth: number): readonly number[] {
  const first = 2 * Math.round(headWidth / 16)
  return [first, (headWidth - first) / 2, (headWidth - first) / 2]
}
