import { createWeightSource, mergeWeights, weightsUnder, type WeightSource } from '@patchbay/onnx'
import { countOf, indicesBelow, sizeAt } from '../../weights/shapes.ts'
import { viewOf } from '../../weights/weight-view.ts'
import { underDiffusersNames, type LayerNames } from '../kinds/layer-names.ts'

const block = /^transformer_blocks\.(\d+)\.(.+)$/

const outer: ReadonlyMap<string, string> = new Map([
  ['pos_embed.proj', 'x_embedder.proj'],
  ['time_text_embed.timestep_embedder.linear_1', 't_embedder.mlp.0'],
  ['time_text_embed.timestep_embedder.linear_2', 't_embedder.mlp.2'],
  ['time_text_embed.text_embedder.linear_1', 'y_embedder.mlp.0'],
  ['time_text_embed.text_embedder.linear_2', 'y_embedder.mlp.2'],
  ['context_embedder', 'context_embedder'],
  ['norm_out.linear', 'final_layer.adaLN_modulation.1'],
  ['proj_out', 'final_layer.linear'],
])

const inner: ReadonlyMap<string, string> = new Map([
  ['norm1.linear', 'x_block.adaLN_modulation.1'],
  ['norm1_context.linear', 'context_block.adaLN_modulation.1'],
  ['attn.to_out.0', 'x_block.attn.proj'],
  ['attn.to_add_out', 'context_block.attn.proj'],
  ['attn2.to_out.0', 'x_block.attn2.proj'],
  ['attn.norm_q', 'x_block.attn.ln_q'],
  ['attn.norm_k', 'x_block.attn.ln_k'],
  ['attn.norm_added_q', 'context_block.attn.ln_q'],
  ['attn.norm_added_k', 'context_block.attn.ln_k'],
  ['attn2.norm_q', 'x_block.attn2.ln_q'],
  ['attn2.norm_k', 'x_block.attn2.ln_k'],
  ['ff.net.0.proj', 'x_block.mlp.fc1'],
  ['ff.net.2', 'x_block.mlp.fc2'],
  ['ff_context.net.0.proj', 'context_block.mlp.fc1'],
  ['ff_context.net.2', 'context_block.mlp.fc2'],
])

const parts = ['q', 'k', 'v']

/** Names of layers in Stability's files, by diffusers' names; several parts of diffusers are one layer there. */
export function sd3LayerNames(layers: number, width: number): LayerNames {
  return (layer) => {
    const name = outer.get(layer)
    // There the shift comes first, as in every modulation; diffusers has the scale first in these two.
    if (layer === 'norm_out.linear') return { layer: name ?? layer, swapped: true }
    if (name !== undefined) return { layer: name }
    const [, index = '', rest = ''] = block.exec(layer) ?? []
    if (index === '') return undefined
    const joined = /^(attn2?)\.(?:to_([qkv])|add_([qkv])_proj)$/.exec(rest)
    if (joined) {
      const [, attention = '', own, added] = joined
      const side = added === undefined ? 'x_block' : 'context_block'
      const part = parts.indexOf(own ?? added ?? '')
      return {
        layer: `joint_blocks.${index}.${side}.${attention}.qkv`,
        rows: { begin: part * width, count: width, whole: 3 * width },
      }
    }
    const one = inner.get(rest)
    const swapped = rest === 'norm1_context.linear' && Number(index) === layers - 1
    return one === undefined ? undefined : { layer: `joint_blocks.${index}.${one}`, ...(swapped && { swapped }) }
  }
}

const projected = ['to_q', 'to_k', 'to_v', 'add_q_proj', 'add_k_proj', 'add_v_proj']

/** diffusers' layers of a network of so many blocks, those that only some have too. */
function layersOf(blocks: number): readonly string[] {
  const ofBlock = [
    ...inner.keys(),
    ...projected.map((name) => `attn.${name}`),
    ...projected.slice(0, 3).map((name) => `attn2.${name}`),
  ]
  return [
    ...outer.keys(),
    ...indicesBelow(blocks).flatMap((index) => ofBlock.map((name) => `transformer_blocks.${index}.${name}`)),
  ]
}

const prefixes = ['model.diffusion_model.', 'diffusion_model.', '']

/** The network in a file of Stability or ComfyUI, or of diffusers, under diffusers' names. */
export function sd3WeightsIn(source: WeightSource): WeightSource | undefined {
  const named = ['transformer.', ''].find((prefix) =>
    source.get(`${prefix}transformer_blocks.0.norm1_context.linear.weight`),
  )
  if (named !== undefined && source.get(`${named}pos_embed.pos_embed`)) {
    return named === '' ? source : weightsUnder(source, named)
  }
  const sign = 'joint_blocks.0.context_block.adaLN_modulation.1.bias'
  const prefix = prefixes.find((each) => source.get(each + sign))
  if (prefix === undefined) return undefined
  const file = weightsUnder(source, prefix)
  const width = (sizeAt(file, sign, 0) ?? 0) / 6
  const blocks = countOf(file, 'joint_blocks')
  const layers = underDiffusersNames(file, layersOf(blocks), sd3LayerNames(blocks, width))
  const places = file.get('pos_embed')
  const table = places ? [viewOf(places, { name: 'pos_embed.pos_embed' })] : []
  return mergeWeights([layers, createWeightSource(table)], source.title)
}
