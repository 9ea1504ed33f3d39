/**
 * Names of OpenCLIP's and OpenAI's towers (the text tower is SD 2's, and SDXL's second encoder), turned into
 * transformers' CLIP names. Their queries, keys and values lie stacked in one matrix, so one weight there can be three
 * here.
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
  ['visual.class_embedding', { name: 'vision_model.embeddings.class_embedding' }],
  ['visual.positional_embedding', { name: 'vision_model.embeddings.position_embedding.weight' }],
  ['visual.conv1.weight', { name: 'vision_model.embeddings.patch_embedding.weight' }],
  // Transformers spells the first norm this way.
  ['visual.ln_pre.weight', { name: 'vision_model.pre_layrnorm.weight' }],
  ['visual.ln_pre.bias', { name: 'vision_model.pre_layrnorm.bias' }],
  ['visual.ln_post.weight', { name: 'vision_model.post_layernorm.weight' }],
  ['visual.ln_post.bias', { name: 'vision_model.post_layernorm.bias' }],
  ['visual.proj', { name: 'visual_projection.weight', transposed: true }],
])

/** What a weight of a tower becomes; empty for what is none of its weights. */
export function openClipWeights(name: string): readonly RenamedWeight[] {
  const end = ends.get(name)
  if (end) return [end]
  const match = /^(visual\.)?transformer\.resblocks\.(\d+)\.(.+)$/.exec(name)
  if (!match) return []
  const [, visual, layer, rest = ''] = match
  const prefix = `${visual ? 'vision' : 'text'}_model.encoder.layers.${layer}.`
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
