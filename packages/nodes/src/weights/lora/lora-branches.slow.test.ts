import {
  bindWeights,
  createWeightSource,
  evaluate,
  float32,
  Graph,
  mergeWeights,
  ops,
  requireWeight,
  weightOf,
  type Weight,
} from '@patchbay/onnx'
import { describe, expect, test } from 'vitest'
import { parseUNet2DConditionConfig } from '../../architectures/unet-2d-condition/config.ts'
import { referenceInput, referenceModel, referenceWeights } from '../../testing/reference-models.ts'
import { unetNetwork } from '../../architectures/unet-2d-condition/index.ts'
import { denoiserGraph } from '../../networks/denoising-network.ts'
import { bindWithLoras, type AppliedUpdate } from './lora-binding.ts'
import { withLoraBranches } from './lora-branches.ts'

const model = referenceModel('unet-sd1')
const graph = denoiserGraph(unetNetwork(parseUNet2DConditionConfig(model.config)))
const weights = referenceWeights(model)

function factor(name: string, ...shape: number[]): Weight {
  return requireWeight(createWeightSource([weightOf(name, float32(shape, referenceInput(name, ...shape)))]), name)
}
const lowRank = (layer: string, up: number[], down: number[], strength: number): AppliedUpdate => ({
  update: {
    part: 'denoiser',
    weight: `${layer}.weight`,
    form: 'low-rank',
    up: factor(`${layer}.up`, ...up),
    down: factor(`${layer}.down`, ...down),
    scale: 0.5,
  },
  strength,
})
const block = 'down_blocks.0.attentions.0.transformer_blocks.0'
const query = (rank: number, strength: number) => lowRank(`${block}.attn1.to_q`, [16, rank], [rank, 16], strength)
const feed = lowRank(`${block}.ff.net.0.proj`, [128, 2], [2, 16], 0.7)
// Kept as 1×1 kernels, as LoRAs of Stable Diffusion 1 have them for a layer that is linear here.
const projection = lowRank('down_blocks.0.attentions.0.proj_in', [16, 2, 1, 1], [2, 16, 1, 1], 0.7)
const convolution = lowRank('down_blocks.0.resnets.0.conv2', [16, 3, 1, 1], [3, 16, 3, 3], 0.7)

const given = (name: string, ...shape: readonly number[]) => float32(shape, referenceInput(name, ...shape))
const feeds = { sample: given('sample', 2, 4, 8, 8), timestep: float32([2], [17, 17]), text: given('text', 2, 5, 24) }
async function branched(applied: readonly AppliedUpdate[]) {
  const { graph: changed, factors, rest } = withLoraBranches(graph, applied)
  const { prediction } = await evaluate(
    changed,
    feeds,
    bindWithLoras(bindWeights(mergeWeights([weights, factors])), rest),
  )
  return prediction?.dtype === 'float32' ? prediction.data : []
}
async function merged(applied: readonly AppliedUpdate[]) {
  const { prediction } = await evaluate(graph, feeds, bindWithLoras(bindWeights(weights), applied))
  return prediction?.dtype === 'float32' ? prediction.data : []
}
const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0)

describe('a LoRA that runs beside the weights', () => {
  test.each([
    ['linear layers, with a bias or none', [query(2, 0.7), feed]],
    ['kernels of one pixel for a linear layer', [projection]],
    ['several on one weight', [query(2, 0.7), query(3, -0.4)]],
    ['with convolutions, which are left over', [feed, convolution]],
  ])('gives what merged weights give: %s', async (_, applied) => {
    const expected = await merged(applied)
    expect(largestDifference(await branched(applied), expected)).toBeLessThan(1e-4)
    expect(largestDifference(await merged([]), expected)).toBeGreaterThan(0.01)
  })

  test('leaves the graph alone at strength 0', () => {
    const { graph: same, factors } = withLoraBranches(graph, [query(2, 0)])
    expect([same.nodes.length, factors.names]).toEqual([graph.nodes.length, []])
  })

  test('takes no more than what is less work so: not kernels, nor factors as large as the weight', () => {
    const applied = [query(2, 1), convolution, query(8, 1)]
    const { rest } = withLoraBranches(graph, applied)
    expect(rest).toEqual([convolution, query(8, 1)])
  })

  test('takes only products with the weight as it is', () => {
    const other = new Graph()
    const x = other.input('x', 'float32', [2, 16])
    other.output('y', ops.gemm(x, other.parameter('w.weight', 'float32', [16, 16])))
    const applied = [lowRank('w', [16, 2], [2, 16], 1)]
    expect(withLoraBranches(other, applied).rest).toEqual(applied)
  })
})
