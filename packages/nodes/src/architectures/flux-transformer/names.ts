import type { WeightSource } from '@patchbay/onnx'
import type { LayerNames } from '../kinds/layer-names.ts'
import { doubleStreamLayerNames, doubleStreamWeightsIn, type DoubleStreamNames } from '../kinds/double-stream.ts'

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

const names: DoubleStreamNames = {
  outer,
  double,
  single,
  singleJoined: ['attn.to_q', 'attn.to_k', 'attn.to_v', 'proj_mlp'],
  // Queries, keys and values, and the feed-forward layer, which is four widths wide.
  singleRows: (part, width) => ({ begin: part * width, count: part === 3 ? 4 * width : width, whole: 7 * width }),
}

/** Names of layers in Black Forest Labs' files, by diffusers' names. */
export const fluxLayerNames = (width: number): LayerNames => doubleStreamLayerNames(names, width)

/** The network in a file of Black Forest Labs or ComfyUI, or of diffusers, under diffusers' names. */
export const fluxWeightsIn = (source: WeightSource): WeightSource | undefined =>
  doubleStreamWeightsIn(source, names, {
    diffusers: 'single_transformer_blocks.0.proj_mlp.weight',
    maker: ['double_blocks.0.img_attn.norm.key_norm.scale', 'vector_in.in_layer.weight'],
  })
