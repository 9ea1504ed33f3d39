import { weightsUnder, type WeightSource } from '@patchbay/onnx'
import { countOf, indicesBelow, sizeAt } from '../../weights/shapes.ts'
import { underDiffusersNames, type FileLayer, type LayerNames } from '../kinds/layer-names.ts'

const outer: ReadonlyMap<string, string> = new Map([
  ['time_text_embed.timestep_embedder.linear_1', 'time_in.in_layer'],
  ['time_text_embed.timestep_embedder.linear_2', 'time_in.out_layer'],
  ['time_text_embed.guidance_embedder.linear_1', 'guidance_in.in_layer'],
  ['time_text_embed.guidance_embedder.linear_2', 'guidance_in.out_layer'],
  ['time_text_embed.text_embedder.linear_1', 'vector_in.in_layer'],
  ['time_text_embed.text_embedder.linear_2', 'vector_in.out_layer'],
  ['context_embedder', 'txt_in'],
  ['x_embedder', 'img_in'],
  ['norm_out.linear', 'final_layer.adaLN_modulation.1'],
  ['proj_out', 'final_layer.linear'],
])

const double: ReadonlyMap<string, string> = new Map([
  ['norm1.linear', 'img_mod.lin'],
  ['norm1_context.linear', 'txt_mod.lin'],
  ['attn.norm_q', 'img_attn.norm.query_norm'],
  ['attn.norm_k', 'img_attn.norm.key_norm'],
  ['attn.norm_added_q', 'txt_attn.norm.query_norm'],
  ['attn.norm_added_k', 'txt_attn.norm.key_norm'],
  ['attn.to_out.0', 'img_attn.proj'],
  ['attn.to_add_out', 'txt_attn.proj'],
  ['ff.net.0.proj', 'img_mlp.0'],
  ['ff.net.2', 'img_mlp.2'],
  ['ff_context.net.0.proj', 'txt_mlp.0'],
  ['ff_context.net.2', 'txt_mlp.2'],
])

const single: ReadonlyMap<string, string> = new Map([
  ['norm.linear', 'modulation.lin'],
  ['attn.norm_q', 'norm.query_norm'],
  ['attn.norm_k', 'norm.key_norm'],
  ['proj_out', 'linear2'],
])

const joined = ['attn.to_q', 'attn.to_k', 'attn.to_v']
const added = ['attn.add_q_proj', 'attn.add_k_proj', 'attn.add_v_proj']

/** Norms of heads are called scale there. */
const named = (layer: string): FileLayer => (/_norm$/.test(layer) ? { layer, ending: 'scale' } : { layer })

/** Names of layers in Black Forest Labs' files, by diffusers' names. */
export function fluxLayerNames(width: number): LayerNames {
  return (layer) => {
    const whole = outer.get(layer)
    if (whole !== undefined) return { layer: whole, ...(layer === 'norm_out.linear' && { swapped: true }) }
    const [, kind, index = '', rest = ''] = /^(single_)?transformer_blocks\.(\d+)\.(.+)$/.exec(layer) ?? []
    if (index === '') return undefined
    return kind === undefined
      ? doubleName(`double_blocks.${index}`, rest, width)
      : singleName(`single_blocks.${index}`, rest, width)
  }
}

function doubleName(block: string, rest: string, width: number): FileLayer | undefined {
  const rows = (part: number) => ({ begin: part * width, count: width, whole: 3 * width })
  if (joined.includes(rest)) return { layer: `${block}.img_attn.qkv`, rows: rows(joined.indexOf(rest)) }
  if (added.includes(rest)) return { layer: `${block}.txt_attn.qkv`, rows: rows(added.indexOf(rest)) }
  const name = double.get(rest)
  return name === undefined ? undefined : named(`${block}.${name}`)
}

/** `linear1` holds queries, keys, values and the feed-forward layer, four widths wide. */
function singleName(block: string, rest: string, width: number): FileLayer | undefined {
  const part = rest === 'proj_mlp' ? 3 : joined.indexOf(rest)
  if (part >= 0) {
    return {
      layer: `${block}.linear1`,
      rows: { begin: part * width, count: part === 3 ? 4 * width : width, whole: 7 * width },
    }
  }
  const name = single.get(rest)
  return name === undefined ? undefined : named(`${block}.${name}`)
}

function layersOf(blocks: number, singles: number): readonly string[] {
  return [
    ...outer.keys(),
    ...indicesBelow(blocks).flatMap((index) =>
      [...double.keys(), ...joined, ...added].map((name) => `transformer_blocks.${index}.${name}`),
    ),
    ...indicesBelow(singles).flatMap((index) =>
      [...single.keys(), ...joined, 'proj_mlp'].map((name) => `single_transformer_blocks.${index}.${name}`),
    ),
  ]
}

const prefixes = ['model.diffusion_model.', 'diffusion_model.', '']

/** The network in a file of Black Forest Labs or ComfyUI, or of diffusers, under diffusers' names. */
export function fluxWeightsIn(source: WeightSource): WeightSource | undefined {
  const own = ['transformer.', ''].find((prefix) => source.get(`${prefix}single_transformer_blocks.0.proj_mlp.weight`))
  if (own !== undefined) return own === '' ? source : weightsUnder(source, own)
  const sign = 'double_blocks.0.img_attn.norm.key_norm.scale'
  const prefix = prefixes.find((each) => source.get(each + sign) && source.get(`${each}vector_in.in_layer.weight`))
  if (prefix === undefined) return undefined
  const file = weightsUnder(source, prefix)
  const width = sizeAt(file, 'img_in.weight', 0) ?? 0
  return underDiffusersNames(
    file,
    layersOf(countOf(file, 'double_blocks'), countOf(file, 'single_blocks')),
    fluxLayerNames(width),
  )
}
