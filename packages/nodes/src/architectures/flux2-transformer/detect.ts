import type { WeightSource } from '@patchbay/onnx'
import { countOf, sizeAt } from '../../weights/shapes.ts'
import type { Flux2TransformerConfig } from './config.ts'

/** The config that the shapes of weights under diffusers' names tell. */
export function detectFlux2Config(source: WeightSource): Flux2TransformerConfig | undefined {
  const [width, inChannels] = source.get('x_embedder.weight')?.shape ?? []
  const outChannels = sizeAt(source, 'proj_out.weight', 0)
  const textWidth = sizeAt(source, 'context_embedder.weight', 1)
  const headWidth = sizeAt(source, 'single_transformer_blocks.0.attn.norm_q.weight', 0)
  const inner = sizeAt(source, 'single_transformer_blocks.0.attn.to_out.weight', 1)
  const timeWaves = sizeAt(source, 'time_guidance_embed.timestep_embedder.linear_1.weight', 1)
  if (!width || !inChannels || !outChannels || !textWidth || !headWidth || !inner || !timeWaves) return undefined
  return {
    inChannels,
    outChannels,
    layers: countOf(source, 'transformer_blocks'),
    singleLayers: countOf(source, 'single_transformer_blocks'),
    heads: width / headWidth,
    headWidth,
    textWidth,
    mlpRatio: inner / width - 1,
    timeWaves,
    guidance: source.get('time_guidance_embed.guidance_embedder.linear_1.weight') !== undefined,
    axes: [headWidth / 4, headWidth / 4, headWidth / 4, headWidth / 4],
    theta: 2000,
  }
}
