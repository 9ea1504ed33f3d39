import { weightsUnder, type WeightSource } from '@patchbay/onnx'
import { countOf, indicesBelow, sizeAt } from '../../weights/shapes.ts'
import { underDiffusersNames, type FileLayer, type LayerNames } from '../kinds/layer-names.ts'

const outer: ReadonlyMap<string, string> = new Map([
  ['x_embedder', 'img_in'],
  ['context_embedder', 'txt_in'],
  ['time_guidance_embed.timestep_embedder.linear_1', 'time_in.in_layer'],
  ['time_guidance_embed.timestep_embedder.linear_2', 'time_in.out_layer'],
  ['time_guidance_embed.guidance_embedder.linear_1', 'guidance_in.in_layer'],
  ['time_guidance_embed.guidance_embedder.linear_2', 'guidance_in.out_layer'],
  ['double_stream_modulation_img.linear', 'double_stream_modulation_img.lin'],
  ['double_stream_modulation_txt.linear', 'double_stream_modulation_txt.lin'],
  ['single_stream_modulation.linear', 'single_stream_modulation.lin'],
  ['norm_out.linear', 'final_layer.adaLN_modulation.1'],
  ['proj_out', 'final_layer.linear'],
])

const double: ReadonlyMap<string, string> = new Map([
  ['attn.norm_q', 'img_attn.norm.query_norm'],
  ['attn.norm_k', 'img_attn.norm.key_norm'],
  ['attn.norm_added_q', 'txt_attn.norm.query_norm'],
  ['attn.norm_added_k', 'txt_attn.norm.key_norm'],
  ['attn.to_out.0', 'img_attn.proj'],
  ['attn.to_add_out', 'txt_attn.proj'],
  ['ff.linear_in', 'img_mlp.0'],
  ['ff.linear_out', 'img_mlp.2'],
  ['ff_context.linear_in', 'txt_mlp.0'],
  ['ff_context.linear_out', 'txt_mlp.2'],
])

const single: ReadonlyMap<string, string> = new Map([
  ['attn.to_qkv_mlp_proj', 'linear1'],
  ['attn.to_out', 'linear2'],
  ['attn.norm_q', 'norm.query_norm'],
  ['attn.norm_k', 'norm.key_norm'],
])

const joined = ['attn.to_q', 'attn.to_k', 'attn.to_v']
const added = ['attn.add_q_proj', 'attn.add_k_proj', 'attn.add_v_proj']

const named = (layer: string): FileLayer => (/_norm$/.test(layer) ? { layer, ending: 'scale' } : { layer })

/** Names of layers in Black Forest Labs' files, by diffusers' names. */
export function flux2LayerNames(width: number): LayerNames {
  return (layer) => {
    const whole = outer.get(layer)
    if (whole !== undefined) return { layer: whole, ...(layer === 'norm_out.linear' && { swapped: true }) }
    const [, kind, index = '', rest = ''] = /^(single_)?transformer_blocks\.(\d+)\.(.+)$/.exec(layer) ?? []
    if (index === '') return undefined
    if (kind !== undefined) {
      const name = single.get(rest)
      return name === undefined ? undefined : named(`single_blocks.${index}.${name}`)
    }
    const rows = (part: number) => ({ begin: part * width, count: width, whole: 3 * width })
    if (joined.includes(rest)) return { layer: `double_blocks.${index}.img_attn.qkv`, rows: rows(joined.indexOf(rest)) }
    if (added.includes(rest)) return { layer: `double_blocks.${index}.txt_attn.qkv`, rows: rows(added.indexOf(rest)) }
    const name = double.get(rest)
    return name === undefined ? undefined : named(`double_blocks.${index}.${name}`)
  }
}

function layersOf(blocks: number, singles: number): readonly string[] {
  return [
    ...outer.keys(),
    ...indicesBelow(blocks).flatMap((index) =>
      [...double.keys(), ...joined, ...added].map((name) => `transformer_blocks.${index}.${name}`),
    ),
    ...indicesBelow(singles).flatMap((index) =>
      [...single.keys()].map((name) => `single_transformer_blocks.${index}.${name}`),
    ),
  ]
}

const prefixes = ['model.diffusion_model.', 'diffusion_model.', '']

/** The network in a file of Black Forest Labs or ComfyUI, or of diffusers, under diffusers' names. */
export function flux2WeightsIn(source: WeightSource): WeightSource | undefined {
  const own = ['transformer.', ''].find((prefix) => source.get(`${prefix}double_stream_modulation_img.linear.weight`))
  if (own !== undefined) return own === '' ? source : weightsUnder(source, own)
  const sign = 'single_stream_modulation.lin.weight'
  const prefix = prefixes.find((each) => source.get(each + sign))
  if (prefix === undefined) return undefined
  const file = weightsUnder(source, prefix)
  const width = sizeAt(file, 'img_in.weight', 0) ?? 0
  return underDiffusersNames(
    file,
    layersOf(countOf(file, 'double_blocks'), countOf(file, 'single_blocks')),
    flux2LayerNames(width),
  )
}
