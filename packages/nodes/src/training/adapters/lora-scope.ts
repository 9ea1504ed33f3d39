import { ops, Scope, type Graph, type ScopeOptions, type Value } from '@patchbay/onnx'
import type { DenoiserNetwork } from '../../architectures/kinds/denoiser.ts'

/** Which layers of a denoiser a LoRA changes. */
export const loraLayers = ['attention', 'attention and feed-forward', 'all'] as const
export type LoraLayers = (typeof loraLayers)[number]

export interface LoraShape {
  readonly rank: number
  /** The change is scaled by alpha / rank. */
  readonly alpha: number
  readonly layers: LoraLayers
}

type LayerKind = DenoiserNetwork['layerKind']

const isChanged = (layers: LoraLayers, kind: ReturnType<LayerKind>): boolean =>
  layers === 'all' || kind === 'attention' || (layers !== 'attention' && kind === 'feed-forward')

/**
 * A place in a state dict whose chosen weights are W + alpha / rank · up · down (Hu et al. 2021, eq. 3); W is as it
 * was.
 */
export class LoraScope extends Scope {
  readonly #lora: LoraShape
  readonly #options: ScopeOptions
  readonly #kindOf: LayerKind

  constructor(graph: Graph, lora: LoraShape, kindOf: LayerKind, options: ScopeOptions, prefix = '') {
    super(graph, options, prefix)
    this.#lora = lora
    this.#kindOf = kindOf
    this.#options = options
  }

  override at(...path: readonly (string | number)[]): Scope {
    return new LoraScope(this.graph, this.#lora, this.#kindOf, this.#options, super.at(...path).prefix)
  }

  override parameter(name: string, shape: readonly number[]): Value {
    const weight = super.parameter(name, shape)
    const { alpha, layers, rank: wanted } = this.#lora
    const [out = 1, ...rest] = shape
    if (name !== 'weight' || rest.length === 0 || !isChanged(layers, this.#kindOf(this.prefix))) return weight
    const columns = rest.reduce((product, size) => product * size, 1)
    const rank = Math.min(wanted, out, columns)
    const up = this.graph.parameter(`${this.prefix}${loraUp}`, 'float32', [out, rank])
    const down = this.graph.parameter(`${this.prefix}${loraDown}`, 'float32', [rank, columns])
    const change = ops.mul(ops.matMul(up, down), alpha / rank)
    return ops.add(weight, rest.length === 1 ? change : ops.reshape(change, shape))
  }
}

export const loraUp = '.lora_up.weight'
export const loraDown = '.lora_down.weight'
export const isLoraFactor = (parameter: string): boolean => parameter.endsWith(loraUp) || parameter.endsWith(loraDown)
