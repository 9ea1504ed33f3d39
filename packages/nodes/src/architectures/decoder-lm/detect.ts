import { renameWeights, type WeightSource } from '@patchbay/onnx'
import { countOf, sizeAt } from '../../weights/shapes.ts'
import type { DecoderLmConfig } from './config.ts'

const prefixes = [
  '',
  'model.language_model.',
  'language_model.',
  'transformer.',
  'text_encoders.qwen3_4b.transformer.',
  'text_encoders.qwen3_8b.transformer.',
]

/** A language model's weights under transformers' names, wherever a file keeps them; undefined where there is none. */
export function decoderLmWeightsIn(source: WeightSource): WeightSource | undefined {
  if (source.get('blk.0.attn_q.weight') && source.get('token_embd.weight')) return renameWeights(source, ggufName)
  const sign = 'layers.0.self_attn.q_proj.weight'
  for (const prefix of prefixes) {
    for (const model of ['model.', '']) {
      if (!source.get(prefix + model + sign)) continue
      return renameWeights(source, (name) => {
        if (!name.startsWith(prefix + model)) return undefined
        return `model.${name.slice(prefix.length + model.length)}`
      })
    }
  }
  return undefined
}

/** The config that the shapes of such weights tell. */
export function detectDecoderLmConfig(source: WeightSource): DecoderLmConfig | undefined {
  const [vocabularySize, width] = source.get('model.embed_tokens.weight')?.shape ?? []
  const at = 'model.layers.0'
  const queries = sizeAt(source, `${at}.self_attn.q_proj.weight`, 0)
  const keys = sizeAt(source, `${at}.self_attn.k_proj.weight`, 0)
  const innerWidth = sizeAt(source, `${at}.mlp.gate_proj.weight`, 0)
  if (!vocabularySize || !width || !queries || !keys || !innerWidth) return undefined
  const norm = sizeAt(source, `${at}.self_attn.q_norm.weight`, 0)
  // Every published Qwen has heads of 128.
  const headWidth = norm ?? 128
  return {
    vocabularySize,
    width,
    innerWidth,
    layers: countOf(source, 'model.layers'),
    heads: queries / headWidth,
    keyHeads: keys / headWidth,
    headWidth,
    normEps: 1e-6,
    theta: 1_000_000,
    qkNorm: norm !== undefined,
    qkvBias: source.get(`${at}.self_attn.q_proj.bias`) !== undefined,
  }
}

/** The names of llama.cpp's files. */
const ggufParts: ReadonlyMap<string, string> = new Map([
  ['attn_q', 'self_attn.q_proj'],
  ['attn_k', 'self_attn.k_proj'],
  ['attn_v', 'self_attn.v_proj'],
  ['attn_output', 'self_attn.o_proj'],
  ['attn_q_norm', 'self_attn.q_norm'],
  ['attn_k_norm', 'self_attn.k_norm'],
  ['attn_norm', 'input_layernorm'],
  ['ffn_norm', 'post_attention_layernorm'],
  ['ffn_gate', 'mlp.gate_proj'],
  ['ffn_up', 'mlp.up_proj'],
  ['ffn_down', 'mlp.down_proj'],
])

function ggufName(name: string): string | undefined {
  if (name === 'token_embd.weight') return 'model.embed_tokens.weight'
  if (name === 'output_norm.weight') return 'model.norm.weight'
  const [, layer = '', part = '', ending = ''] = /^blk\.(\d+)\.(.+)\.(weight|bias)$/.exec(name) ?? []
  const own = ggufParts.get(part)
  return own === undefined ? undefined : `model.layers.${layer}.${own}.${ending}`
}
