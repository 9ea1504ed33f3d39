import { renameWeights, type WeightSource } from '@patchbay/onnx'
import { countOf, sizeAt } from '../../weights/shapes.ts'
import type { T5EncoderConfig } from './config.ts'

/** The encoder's weights under transformers' names, wherever a file keeps them; undefined where there is none. */
export function t5WeightsIn(file: WeightSource): WeightSource | undefined {
  const source = file.get('enc.blk.0.attn_rel_b.weight') ? renameWeights(file, ggufName) : file
  const sign = 'encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight'
  const prefix = ['', 'text_encoders.t5xxl.transformer.', 'text_encoders.umt5xxl.transformer.', 'transformer.'].find(
    (each) => source.get(each + sign),
  )
  if (prefix === undefined) return undefined
  return renameWeights(source, (name) => {
    if (!name.startsWith(prefix)) return undefined
    const own = name.slice(prefix.length)
    // Both names stand for one table; files have one of them, or both.
    return own === 'encoder.embed_tokens.weight'
      ? source.get(`${prefix}shared.weight`)
        ? undefined
        : 'shared.weight'
      : own
  })
}

/** The config that the shapes of such weights tell. */
export function detectT5EncoderConfig(source: WeightSource): T5EncoderConfig | undefined {
  const [vocabularySize, width] = source.get('shared.weight')?.shape ?? []
  const first = 'encoder.block.0.layer'
  const [buckets, heads] = source.get(`${first}.0.SelfAttention.relative_attention_bias.weight`)?.shape ?? []
  const attention = sizeAt(source, `${first}.0.SelfAttention.q.weight`, 0)
  const isGated = source.get(`${first}.1.DenseReluDense.wi_0.weight`) !== undefined
  const innerWidth = sizeAt(source, `${first}.1.DenseReluDense.${isGated ? 'wi_0' : 'wi'}.weight`, 0)
  if (!vocabularySize || !width || !buckets || !heads || !attention || !innerWidth) return undefined
  return {
    vocabularySize,
    width,
    headWidth: attention / heads,
    heads,
    innerWidth,
    layers: countOf(source, 'encoder.block'),
    buckets,
    maxDistance: 128,
    normEps: 1e-6,
    feedForward: isGated ? 'gated-gelu' : 'relu',
    biasPerLayer: source.get('encoder.block.1.layer.0.SelfAttention.relative_attention_bias.weight') !== undefined,
  }
}

/** The names of llama.cpp's files, most of which are of one layer in both. */
const ggufParts: ReadonlyMap<string, string> = new Map([
  ['attn_q', 'layer.0.SelfAttention.q'],
  ['attn_k', 'layer.0.SelfAttention.k'],
  ['attn_v', 'layer.0.SelfAttention.v'],
  ['attn_o', 'layer.0.SelfAttention.o'],
  ['attn_rel_b', 'layer.0.SelfAttention.relative_attention_bias'],
  ['attn_norm', 'layer.0.layer_norm'],
  ['ffn_gate', 'layer.1.DenseReluDense.wi_0'],
  ['ffn_up', 'layer.1.DenseReluDense.wi_1'],
  ['ffn_down', 'layer.1.DenseReluDense.wo'],
  ['ffn_norm', 'layer.1.layer_norm'],
])

function ggufName(name: string): string | undefined {
  if (name === 'token_embd.weight') return 'shared.weight'
  if (name === 'enc.output_norm.weight') return 'encoder.final_layer_norm.weight'
  const [, layer = '', part = ''] = /^enc\.blk\.(\d+)\.(.+)\.weight$/.exec(name) ?? []
  const own = ggufParts.get(part)
  return own === undefined ? undefined : `encoder.block.${layer}.${own}.weight`
}
