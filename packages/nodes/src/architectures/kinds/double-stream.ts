import { weightsUnder, type WeightSource } from '@patchbay/onnx'
import { countOf, indicesBelow, sizeAt } from '../../weights/shapes.ts'
import type { RowRange } from '../../weights/lora/lora-targets.ts'
import { underDiffusersNames, type FileLayer, type LayerNames } from './layer-names.ts'

// What Black Forest Labs' transformers share: blocks of two streams, then blocks of one.

type Names = ReadonlyMap<string, string>

/** Names of layers in Black Forest Labs' files, by diffusers' names: around the blocks, and within each kind. */
export interface DoubleStreamNames {
  readonly outer: Names
  readonly double: Names
  readonly single: Names
  /** Layers that `linear1` of a block of one stream holds one after the other. */
  readonly singleJoined: readonly string[]
  /** The rows of `linear1` that the layer at a place of `singleJoined` is. */
  readonly singleRows?: (part: number, width: number) => RowRange
}

const joined = ['attn.to_q', 'attn.to_k', 'attn.to_v']
const added = ['attn.add_q_proj', 'attn.add_k_proj', 'attn.add_v_proj']

/** Norms of heads are called scale there. */
const named = (layer: string): FileLayer => (/_norm$/.test(layer) ? { layer, ending: 'scale' } : { layer })

export function doubleStreamLayerNames(names: DoubleStreamNames, width: number): LayerNames {
  return (layer) => {
    const whole = names.outer.get(layer)
    if (whole !== undefined) return { layer: whole, ...(layer === 'norm_out.linear' && { swapped: true }) }
    const [, kind, index = '', rest = ''] = /^(single_)?transformer_blocks\.(\d+)\.(.+)$/.exec(layer) ?? []
    if (index === '') return undefined
    return kind === undefined
      ? doubleName(names, `double_blocks.${index}`, rest, width)
      : singleName(names, `single_blocks.${index}`, rest, width)
  }
}

function doubleName({ double }: DoubleStreamNames, block: string, rest: string, width: number): FileLayer | undefined {
  const rows = (part: number) => ({ begin: part * width, count: width, whole: 3 * width })
  if (joined.includes(rest)) return { layer: `${block}.img_attn.qkv`, rows: rows(joined.indexOf(rest)) }
  if (added.includes(rest)) return { layer: `${block}.txt_attn.qkv`, rows: rows(added.indexOf(rest)) }
  const name = double.get(rest)
  return name === undefined ? undefined : named(`${block}.${name}`)
}

function singleName(
  { single, singleJoined, singleRows }: DoubleStreamNames,
  block: string,
  rest: string,
  width: number,
): FileLayer | undefined {
  const part = singleJoined.indexOf(rest)
  if (part >= 0 && singleRows) return { layer: `${block}.linear1`, rows: singleRows(part, width) }
  const name = single.get(rest)
  return name === undefined ? undefined : named(`${block}.${name}`)
}

function layersOf({ outer, double, single, singleJoined }: DoubleStreamNames, file: WeightSource): readonly string[] {
  return [
    ...outer.keys(),
    ...indicesBelow(countOf(file, 'double_blocks')).flatMap((index) =>
      [...double.keys(), ...joined, ...added].map((name) => `transformer_blocks.${index}.${name}`),
    ),
    ...indicesBelow(countOf(file, 'single_blocks')).flatMap((index) =>
      [...single.keys(), ...singleJoined].map((name) => `single_transformer_blocks.${index}.${name}`),
    ),
  ]
}

/** Weights that only one network has, under the names of each maker. */
export interface DoubleStreamSigns {
  readonly diffusers: string
  readonly maker: readonly string[]
}

const prefixes = ['model.diffusion_model.', 'diffusion_model.', '']

/** The network in a file of Black Forest Labs or ComfyUI, or of diffusers, under diffusers' names. */
export function doubleStreamWeightsIn(
  source: WeightSource,
  names: DoubleStreamNames,
  signs: DoubleStreamSigns,
): WeightSource | undefined {
  const own = ['transformer.', ''].find((prefix) => source.get(prefix + signs.diffusers))
  if (own !== undefined) return own === '' ? source : weightsUnder(source, own)
  const prefix = prefixes.find((each) => signs.maker.every((sign) => source.get(each + sign)))
  if (prefix === undefined) return undefined
  const file = weightsUnder(source, prefix)
  const width = sizeAt(file, 'img_in.weight', 0) ?? 0
  return underDiffusersNames(file, layersOf(names, file), doubleStreamLayerNames(names, width))
}

/** The part of the network that a weight is in, as merging divides it. */
export function doubleStreamSectionOf(weight: string, singleLayers: number): 'input' | 'middle' | 'output' {
  if (weight.startsWith('transformer_blocks.')) return 'input'
  const layer = /^single_transformer_blocks\.(\d+)\./.exec(weight)?.[1]
  if (layer !== undefined) return Number(layer) < singleLayers / 2 ? 'middle' : 'output'
  return /^(norm_out|proj_out)\./.test(weight) ? 'output' : 'input'
}
