import { numberAt } from '@patchbay/onnx/tensor'
import {
  createWeightSource,
  ops,
  rewriteGraph,
  type Graph,
  type GraphNode,
  type Value,
  type Weight,
  type WeightSource,
} from '@patchbay/onnx'
import type { AppliedUpdate } from './lora-binding.ts'
import { isAdditive } from './lora-change.ts'

/**
 * A graph whose linear layers take LoRAs beside their weights, with the factors, and the updates that are still to be
 * bound.
 */
export interface LoraBranches {
  readonly graph: Graph
  readonly factors: WeightSource
  readonly rest: readonly AppliedUpdate[]
}

/**
 * Adds low-rank changes to what linear layers give, x · Wᵀ + s · (x · downᵀ) · upᵀ (Hu et al. 2021, eq. 3), and leaves
 * the weights alone: they stay mapped, packed or quantised as without a LoRA, and no matrix of their size is made at
 * each run. Changes of other forms, of kernels, and those whose factors are no smaller than the weight are left over;
 * so are all of a weight that one of them changes by what it holds.
 */
export function withLoraBranches(graph: Graph, applied: readonly AppliedUpdate[]): LoraBranches {
  const byWeight = new Map<string, AppliedLowRank[]>()
  const ordered = new Set(
    applied.filter(({ update, strength }) => strength !== 0 && !isAdditive(update)).map(({ update }) => update.weight),
  )
  for (const one of applied) {
    if (!isLowRank(one) || ordered.has(one.update.weight)) continue
    const others = byWeight.get(one.update.weight)
    if (others) others.push(one)
    else byWeight.set(one.update.weight, [one])
  }
  const taken = new Set<AppliedUpdate>()
  const factors: Weight[] = []
  const rewritten = rewriteGraph(graph, (node, copyOf, copy) => {
    const weight = plainWeightOf(graph, node)
    const updates = weight && byWeight.get(weight.name)?.filter((one) => isSmall(one, weight))
    const [x, ...others] = node.inputs
    if (!updates?.length || !x) return undefined
    for (const one of updates) taken.add(one)
    const rows = copyOf(x)
    const { opType, domain, attributes, outputs } = node
    const inputs = [rows, ...others.map((input) => input && copyOf(input))]
    const factor = (stored: Weight, shape: readonly number[]): Value => {
      const name = `lora.${factors.length}.${stored.name}`
      factors.push({ ...stored, name, shape, place: stored.place })
      return copy.parameter(name, 'float32', shape)
    }
    return copy.add({ opType, domain, attributes, outputs, inputs }).map((product) =>
      updates.reduce((sum, { update: { up, down, scale }, strength }) => {
        const [out = 0, rank = 0] = up.shape
        const width = numberAt(down.shape, 1)
        const inside = ops.gemm(rows, factor(down, [rank, width]), undefined, { transB: true })
        return ops.gemm(inside, factor(up, [out, rank]), sum, { transB: true, alpha: scale * strength })
      }, product),
    )
  })
  return {
    graph: rewritten,
    factors: createWeightSource(factors, { title: 'LoRA' }),
    rest: applied.filter((one) => !taken.has(one)),
  }
}

interface AppliedLowRank extends AppliedUpdate {
  readonly update: Extract<AppliedUpdate['update'], { form: 'low-rank' }>
}

const isLowRank = (applied: AppliedUpdate): applied is AppliedLowRank =>
  applied.update.form === 'low-rank' &&
  applied.update.mid === undefined &&
  applied.update.magnitude === undefined &&
  applied.strength !== 0

/** Whether the factors together have fewer numbers than the weight [out, in], and so take less work than it. */
function isSmall({ update: { up, down } }: AppliedLowRank, weight: Value): boolean {
  const [out = 0, width = 0] = weight.shape.map(Number)
  return up.shape[0] === out && down.shape[1] === width && numberAt(down.shape, 0) * (out + width) < out * width
}

/** The weight of a linear layer as `linear` builds it: x · weightᵀ, a bias or none. */
function plainWeightOf(graph: Graph, { opType, inputs, attributes }: GraphNode): Value | undefined {
  const [, weight] = inputs
  const { transA, transB } = attributes
  const isPlain = opType === 'Gemm' && !isSet(transA) && isSet(transB)
  return isPlain && weight?.dtype === 'float32' && graph.isParameter(weight) ? weight : undefined
}

const isSet = (attribute: GraphNode['attributes'][string] | undefined): boolean =>
  attribute !== undefined && 'value' in attribute && attribute.value === 1
