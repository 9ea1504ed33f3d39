import { createWeightSource, requireWeight, weightsUnder, type WeightSource } from '@patchbay/onnx'
import { viewOf } from '../../weights/weight-view.ts'
import type { LoraAlias } from '../../weights/lora/lora-targets.ts'
import { underDiffusersNames, type LayerNames } from '../kinds/layer-names.ts'

const parts = ['to_q', 'to_k', 'to_v']

/** Names of layers in Tongyi's and ComfyUI's files, by diffusers' names. */
export function zImageLayerNames(width: number): LayerNames {
  return (layer) => {
    const attention = /^(.+\.attention)\.(to_[qkv]|to_out\.0|norm_q|norm_k)$/.exec(layer)
    if (attention) {
      const [, at = '', part = ''] = attention
      const index = parts.indexOf(part)
      if (index >= 0) return { layer: `${at}.qkv`, rows: { begin: index * width, count: width, whole: 3 * width } }
      return { layer: `${at}.${part === 'to_out.0' ? 'out' : part === 'norm_q' ? 'q_norm' : 'k_norm'}` }
    }
    return { layer: layer.replace(/^all_(final_layer|x_embedder)\.2-1/, '$1') }
  }
}

/** What LoRA files call a layer beside diffusers' name. */
export function zImageAliases(width: number): (layer: string) => readonly LoraAlias[] {
  const names = zImageLayerNames(width)
  return (layer) => {
    const file = names(layer)
    if (!file || file.layer === layer) return []
    return [file.rows ? { layer: file.layer, rows: file.rows } : file.layer]
  }
}

const prefixes = ['model.diffusion_model.', 'diffusion_model.', '']
const sign = 'layers.0.adaLN_modulation.0.weight'

/** The network in a file of Tongyi or ComfyUI, or of diffusers, under diffusers' names. */
export function zImageWeightsIn(source: WeightSource): WeightSource | undefined {
  const own = ['transformer.', ''].find(
    (prefix) => source.get(prefix + sign) && source.get(`${prefix}all_x_embedder.2-1.weight`),
  )
  if (own !== undefined) return own === '' ? source : weightsUnder(source, own)
  const prefix = prefixes.find((each) => source.get(each + sign) && source.get(`${each}cap_embedder.0.weight`))
  if (prefix === undefined) return undefined
  const file = weightsUnder(source, prefix)
  // Lumina 2, which has the same names, has no modulation in its first refiner of the picture.
  if (!file.get('noise_refiner.0.adaLN_modulation.0.weight') || !file.get('x_pad_token')) return undefined
  const width = file.get('x_embedder.weight')?.shape[0] ?? 0
  const layers = new Set(file.names.flatMap((name) => diffusersLayersOf(name)))
  const named = underDiffusersNames(file, layers, zImageLayerNames(width))
  const pads = ['x_pad_token', 'cap_pad_token'].flatMap((name) => {
    const pad = file.get(name)
    return pad ? [viewOf(pad, { name, shape: [1, width] })] : []
  })
  const all = [...named.names.map((name) => requireWeight(named, name)), ...pads]
  return createWeightSource(all, { title: source.title, metadata: source.metadata })
}

/** diffusers' layers that a weight of the file is for. */
function diffusersLayersOf(name: string): readonly string[] {
  const layer = /^(.+)\.(weight|bias)$/.exec(name)?.[1]
  if (layer === undefined || layer === 'norm_final') return []
  const at = /^(.+\.attention)\.(qkv|out|q_norm|k_norm)$/.exec(layer)
  if (at) {
    const [, attention = '', part] = at
    const own = part === 'qkv' ? parts : [part === 'out' ? 'to_out.0' : part === 'q_norm' ? 'norm_q' : 'norm_k']
    return own.map((each) => `${attention}.${each}`)
  }
  return [layer.replace(/^(final_layer|x_embedder)(?=\.|$)/, 'all_$1.2-1')]
}
