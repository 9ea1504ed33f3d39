import { Graph, parameterCountOf, Scope, type Value } from '@patchbay/onnx'
import { expect, test } from 'vitest'
import { decoderLm } from './decoder-lm/decoder-lm.ts'
import { flux2TransformerArchitecture } from './flux2-transformer/index.ts'
import { fluxTransformerArchitecture } from './flux-transformer/index.ts'
import type { DenoiserNetwork } from './kinds/denoiser.ts'
import { sd3TransformerArchitecture } from './sd3-transformer/index.ts'
import { t5Encoder } from './t5-encoder/t5-encoder.ts'
import { zImageTransformerArchitecture } from './z-image-transformer/index.ts'

function sizeOf<Config>(
  { parse, network }: { parse(json: unknown, title: string): Config; network(config: Config): DenoiserNetwork },
  json: unknown,
): number {
  const own = network(parse(json, 'config.json'))
  const graph = new Graph()
  own.predict(new Scope(graph), own.inputs(graph))
  return parameterCountOf(graph)
}

const sd3 = { num_layers: 24, num_attention_heads: 24, pos_embed_max_size: 192 }
const medium = { ...sd3, pos_embed_max_size: 384, dual_attention_layers: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] }
const klein = { num_layers: 5, num_single_layers: 20, num_attention_heads: 24, joint_attention_dim: 7680 }

/** The counts of diffusers' and transformers' classes at these configs, with SD 3's table of places. */
test.each([
  ['SD 3 medium', sizeOf(sd3TransformerArchitecture, sd3), 2_084_951_104],
  ['SD 3.5 medium', sizeOf(sd3TransformerArchitecture, { ...medium, qk_norm: 'rms_norm' }), 2_469_663_936],
  ['Flux.1 dev', sizeOf(fluxTransformerArchitecture, { guidance_embeds: true }), 11_901_408_320],
  ['Flux.2 klein', sizeOf(flux2TransformerArchitecture, { ...klein, guidance_embeds: false }), 3_875_544_576],
  ['Z-Image', sizeOf(zImageTransformerArchitecture, {}), 6_154_908_736],
])('%s has as many parameters as published', (_, own, published) => {
  expect(own).toBe(published)
})

test('T5 XXL and Qwen 3 of 4 billion have as many parameters as published', () => {
  const sizeWith = (build: (scope: Scope, ids: Value) => unknown): number => {
    const graph = new Graph()
    build(new Scope(graph), graph.input('ids', 'int64', [1, 8]))
    return parameterCountOf(graph)
  }
  const t5 = {
    vocabularySize: 32128,
    width: 4096,
    headWidth: 64,
    heads: 64,
    innerWidth: 10240,
    layers: 24,
    buckets: 32,
  }
  const kind = { maxDistance: 128, normEps: 1e-6, feedForward: 'gated-gelu', biasPerLayer: false } as const
  expect(sizeWith((scope, ids) => t5Encoder(scope, { ...t5, ...kind }, ids))).toBe(4_762_310_656)
  const qwen = {
    vocabularySize: 151936,
    width: 2560,
    innerWidth: 9728,
    layers: 36,
    heads: 32,
    keyHeads: 8,
    headWidth: 128,
  }
  const norms = { normEps: 1e-6, theta: 1e6, qkNorm: true, qkvBias: false }
  expect(sizeWith((scope, ids) => decoderLm(scope, { ...qwen, ...norms }, ids, { states: [36] }))).toBe(4_022_468_096)
})
