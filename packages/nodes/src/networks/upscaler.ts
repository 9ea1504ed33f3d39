import { numberAt } from '@patchbay/onnx/tensor'
import {
  Graph,
  Scope,
  featureMap,
  renameWeights,
  requireWeight,
  toChannelsFirst,
  type FeatureMap,
  type WeightSource,
} from '@patchbay/onnx'
import type { Precision } from '../architectures/kinds/precision.ts'
import { residualDense } from '../architectures/upscalers/residual-dense.ts'
import { rrdb } from '../architectures/upscalers/rrdb.ts'
import { srvgg } from '../architectures/upscalers/srvgg.ts'
import { CheckpointError } from '../weights/checkpoint-error.ts'
import { looksLike } from '../weights/looks-like.ts'

/** A network that enlarges pictures, as read from its file. Nothing is loaded yet. */
export interface Upscaler {
  readonly title: string
  readonly architecture: 'RRDB' | 'SRVGG' | 'RDN'
  /** How much larger the result is along each side. */
  readonly scale: number
  readonly weights: WeightSource
  /** Default `exact`. */
  readonly precision?: Precision
  /** Whole pixels that a side of the input must divide by. */
  readonly multiple: number
  /** The network: an image in 0 to 1 to an image that is about 0 to 1. */
  build(scope: Scope, image: FeatureMap): FeatureMap
}

/** Tensors of training state that some files keep the weights under. */
const wrappers = ['params_ema.', 'params.', 'state_dict.', 'module.']

/**
 * Recognises an upscaler by the names and shapes of its weights: ESRGAN and Real-ESRGAN (old and new names),
 * Real-ESRGAN's compact network, residual dense networks.
 * @throws CheckpointError that says what the file looks like, where it is none of these
 */
export function parseUpscaler(source: WeightSource): Upscaler {
  const wrapper = wrappers.find((prefix) => source.names.some((name) => name.startsWith(prefix)))
  const inside = wrapper
    ? renameWeights(source, (name) => (name.startsWith(wrapper) ? name.slice(wrapper.length) : undefined))
    : source
  const parsed = rrdbOf(renameWeights(inside, oldRrdbNames(inside.names))) ?? srvggOf(inside) ?? residualDenseOf(inside)
  if (parsed) return parsed
  throw new CheckpointError(
    `${source.title} is no upscaler that is known (ESRGAN, Real-ESRGAN, SRVGG, RDN): it looks like ${looksLike(source, 'LoadUpscaler')}`,
  )
}

/** The graph of an upscaler for images of any size. */
export function upscalerGraph(upscaler: Upscaler): Graph {
  const graph = new Graph()
  const image = featureMap(graph.input('image', 'float32', ['batch', 3, 'height', 'width']))
  graph.output('enlarged', toChannelsFirst(upscaler.build(new Scope(graph), image)))
  return graph
}

const blocksOf = (names: readonly string[], pattern: RegExp): number => {
  const indices = names.flatMap((name) => {
    const match = pattern.exec(name)
    return match ? [Number(match[1])] : []
  })
  return 1 + Math.max(-1, ...indices)
}

function rrdbOf(weights: WeightSource): Upscaler | undefined {
  if (!weights.get('body.0.rdb1.conv1.weight')) return undefined
  const [features = 0, inChannels = 0] = requireWeight(weights, 'conv_first.weight').shape
  const [outChannels = 3] = requireWeight(weights, 'conv_last.weight').shape
  const [growth = 0] = requireWeight(weights, 'body.0.rdb1.conv1.weight').shape
  const steps = [1, 2, 3].filter((step) => weights.get(`conv_up${step}.weight`)).length
  // Real-ESRGAN folds the image so that four times larger is what was asked for.
  const unshuffle = Math.round(Math.sqrt(inChannels / 3))
  const scale = 2 ** steps / unshuffle
  const blocks = blocksOf(weights.names, /^body\.(\d+)\./)
  const config = { scale, inChannels: inChannels / unshuffle ** 2, outChannels, features, growth, blocks, unshuffle }
  const { title } = weights
  return {
    title,
    architecture: 'RRDB',
    scale,
    weights,
    multiple: unshuffle,
    build: (scope, image) => rrdb(scope, config, image),
  }
}

/** The first ESRGAN files number the layers of the whole network; an older code base has yet other names. */
function oldRrdbNames(names: readonly string[]): (name: string) => string {
  const numbered = names.flatMap((name) => {
    const match = /^model\.(\d+)\.weight$/.exec(name)
    return match ? [Number(match[1])] : []
  })
  const numbers = numbered.sort((a, b) => a - b)
  const [first, ...rest] = numbers
  const ups = rest.slice(0, -2)
  const known = new Map<number, string>([
    ...(first === undefined ? [] : [[first, 'conv_first'] as const]),
    ...ups.map((number, index) => [number, `conv_up${index + 1}`] as const),
    ...rest.slice(-2).map((number, index) => [number, index === 0 ? 'conv_hr' : 'conv_last'] as const),
  ])
  return (name) => {
    const layer = /^model\.(\d+)\.(weight|bias)$/.exec(name)
    if (layer) return `${known.get(Number(layer[1])) ?? name}.${layer[2]}`
    const dense = /^(?:model\.1\.sub|RRDB_trunk)\.(\d+)\.RDB(\d)\.conv(\d)(?:\.0)?\.(weight|bias)$/.exec(name)
    if (dense) return `body.${dense[1]}.rdb${dense[2]}.conv${dense[3]}.${dense[4]}`
    return name
      .replace(/^model\.1\.sub\.\d+\.(weight|bias)$/, 'conv_body.$1')
      .replace(/^trunk_conv\./, 'conv_body.')
      .replace(/^upconv(\d)\./, 'conv_up$1.')
      .replace(/^HRconv\./, 'conv_hr.')
  }
}

function srvggOf(weights: WeightSource): Upscaler | undefined {
  const [features = 0, inChannels = 0, ...kernel] = weights.get('body.0.weight')?.shape ?? []
  if (kernel.length !== 2 || weights.get('body.1.weight')?.shape.length !== 1) return undefined
  const last = blocksOf(weights.names, /^body\.(\d+)\./) - 1
  const [folded = 0] = requireWeight(weights, `body.${last}.weight`).shape
  const scale = Math.round(Math.sqrt(folded / inChannels))
  const config = { scale, inChannels, outChannels: inChannels, features, convolutions: (last - 2) / 2 }
  const { title } = weights
  return {
    title,
    architecture: 'SRVGG',
    scale,
    weights,
    multiple: 1,
    build: (scope, image) => srvgg(scope, config, image),
  }
}

function residualDenseOf(weights: WeightSource): Upscaler | undefined {
  if (!weights.get('F_m1.weight') || !weights.get('UPN3.weight')) return undefined
  const out = (name: string): number => numberAt(requireWeight(weights, `${name}.weight`).shape, 0)
  const scale = Number(weights.metadata['scale'] ?? 4)
  const config = {
    scale,
    features: out('F_m1'),
    growth: out('F_1_1'),
    blocks: blocksOf(weights.names, /^LFF_(\d+)\./) - 1,
    convolutions: blocksOf(weights.names, /^F_1_(\d+)\./) - 1,
    upscale: [out('UPN1'), out('UPN2'), out('UPN3')] as const,
    outChannels: out('SR'),
  }
  const { title } = weights
  return {
    title,
    architecture: 'RDN',
    scale,
    weights,
    multiple: 1,
    build: (scope, image) => residualDense(scope, config, image),
  }
}
