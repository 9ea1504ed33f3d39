import type { WeightSource } from '@patchbay/onnx'
import type { LayerNames } from '../kinds/layer-names.ts'
import { doubleStreamLayerNames, doubleStreamWeightsIn, type DoubleStreamNames } from '../kinds/double-stream.ts'

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

const names: DoubleStreamNames = { outer, double, single, singleJoined: [] }

/** Names of layers in Black Forest Labs' files, by diffusers' names. */
export const flux2LayerNames = (width: number): LayerNames => doubleStreamLayerNames(names, width)

/** The network in a file of Black Forest Labs or ComfyUI, or of diffusers, under diffusers' names. */
export const flux2WeightsIn = (source: WeightSource): WeightSource | undefined =>
  doubleStreamWeightsIn(source, names, {
    diffusers: 'double_stream_modulation_img.linear.weight',
    maker: ['single_stream_modulation.lin.weight'],
  })
