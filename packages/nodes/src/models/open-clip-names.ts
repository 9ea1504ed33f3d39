/**
 * Names of OpenCLIP's text tower (SD 2, SDXL's second encoder), turned into transformers' CLIP names. Its queries, keys and
 * values lie stacked in one matrix, so one weight there can be three here.
 */

export interface RenamedWeight {
  readonly name: string
  /** The rows of the original that this weight is: `index` of `count` equal parts. */
  readonly rows?: { readonly index: number; readonly count: number }
  /** The original is stored the other way round. */
  readonly transposed?: boolean
}

const layerParts: ReadonlyMap<string, string> = new Map([
  ['ln_1', 'layer_norm1'],
  ['ln_2', 'layer_norm2'],
  ['attn.out_proj', 'self_attn.out_proj'],
  ['mlp.c_fc', 'mlp.fc1'],
  ['mlp.c_proj', 'mlp.fc2'],
])

const ends: ReadonlyMap<string, RenamedWeight> = new Map([
  ['positional_embedding', { name: 'text_model.embeddings.position_embedding.weight' }],
  ['token_embedding.weight', { name: 'text_model.embeddings.token_embedding.weight' }],
  ['ln_final.weight', { name: 'text_model.final_layer_norm.weight' }],
  ['ln_final.bias', { name: 'text_model.final_layer_norm.bias' }],
  ['text_projection', { name: 'text_projection.weight', transposed: true }],
  ['text_projection.weight', { name: 'text_projection.weight' }],
])

/** What a weight of OpenCLIP's text tower becomes; empty for what is none of its weights. */
export function openClipWeights(name: string): readonly RenamedWeight[] {
  const end = ends.get(name)
  if (end) return [end]
  const match = /^transformer\.resblocks\.(\d+)\.(.+)$/.exec(name)
  if (!match) return []
  const [, layer, rest = ''] = match
  const prefix = `text_model.encoder.layers.${layer}.`
  const stacked = /^attn\.in_proj_(weight|bias)$/.exec(rest)
  if (stacked) {
    return ['q', 'k', 'v'].map((part, index) => ({
      name: `${prefix}self_attn.${part}_proj.${stacked[1]}`,
      rows: { index, count: 3 },
    }))
  }
  const dot = rest.lastIndexOf('.')
  const part = layerParts.get(rest.slice(0, dot))
  return part === undefined ? [] : [{ name: prefix + part + rest.slice(dot) }]
}
