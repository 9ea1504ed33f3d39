import { Graph, Scope, featureMap, toChannelsFirst, type Value } from '@patchbay/onnx'
import { describe, expect, test } from 'vitest'
import { parseUNet2DConditionConfig } from './config.ts'
import { unet2dCondition } from './unet-2d-condition.ts'
import { spatialPairs } from '../../maths/attention-pairs.ts'
import { selfAttentionLayers, unetCost } from './cost.ts'

const sizes = {
  'Stable Diffusion 1.5': parseUNet2DConditionConfig({
    block_out_channels: [320, 640, 1280, 1280],
    down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
    up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
    attention_head_dim: 8,
    cross_attention_dim: 768,
  }),
  SDXL: parseUNet2DConditionConfig({
    block_out_channels: [320, 640, 1280],
    down_block_types: ['DownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D'],
    up_block_types: ['CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'UpBlock2D'],
    attention_head_dim: [5, 10, 20],
    transformer_layers_per_block: [1, 2, 10],
    cross_attention_dim: 2048,
    use_linear_projection: true,
  }),
}

/** The graph itself, at one size. */
function graphOf(config: (typeof sizes)['SDXL'], side: number): Graph {
  const graph = new Graph()
  const sample = featureMap(graph.input('sample', 'float32', [1, 4, side, side]))
  const text = graph.input('text', 'float32', [1, 77, config.crossAttentionDim])
  const timestep = graph.input('timestep', 'float32', [1])
  graph.output('out', toChannelsFirst(unet2dCondition(new Scope(graph), config, { sample, text, timestep })))
  return graph
}

const countOf = (value: Value | undefined): number =>
  (value?.shape ?? []).reduce<number>((count, size) => count * Number(size), 1)

/** Operations of convolutions, products and attention, node by node. */
function flopsOf(graph: Graph): number {
  return graph.nodes.reduce((sum, { opType, inputs, outputs }) => {
    const [a, b] = inputs
    const out = countOf(outputs[0])
    if (opType === 'Conv') return sum + (2 * out * countOf(b)) / Number(b?.shape[0])
    if (opType === 'MatMul' || opType === 'FusedMatMul' || opType === 'Gemm')
      return sum + 2 * out * Number(a?.shape.at(-1))
    if (opType === 'MultiHeadAttention') return sum + 4 * out * Number(b?.shape[1])
    return sum
  }, 0)
}

/** Queries times keys of every attention in which both are places of the picture: texts here have 77 tokens. */
function selfPairsOf(graph: Graph): bigint {
  return graph.nodes.reduce((sum, { opType, inputs: [query, key] }) => {
    const [batch, queries, keys] = [query?.shape[0], query?.shape[1], key?.shape[1]].map(Number)
    if (opType !== 'MultiHeadAttention' || keys === 77) return sum
    return sum + BigInt(batch ?? NaN) * BigInt(queries ?? NaN) * BigInt(keys ?? NaN)
  }, 0n)
}

/** What views and operators that may work in place do not allocate. */
const inPlace = /^(Reshape|Squeeze|Unsqueeze|Identity|Add|Mul|Sigmoid|Gelu|QuickGelu|Sub|Div|Cast)$/

/** The most bytes that are alive at once when nodes run in the order they were built, each freed after its last use. */
function peakBytesOf(graph: Graph): number {
  const lastUse = new Map<Value, number>()
  for (const [index, { inputs }] of graph.nodes.entries()) {
    for (const input of inputs) if (input?.producer) lastUse.set(input, index)
  }
  const held = new Map<Value, { bytes: number; users: number }>()
  let [live, peak] = [0, 0]
  for (const [index, { opType, inputs, outputs }] of graph.nodes.entries()) {
    const taken = inPlace.test(opType)
      ? inputs.find(
          (x) =>
            x &&
            held.has(x) &&
            (lastUse.get(x) === index || opType === 'Reshape') &&
            countOf(x) === countOf(outputs[0]),
        )
      : undefined
    const storage = taken && held.get(taken)
    for (const output of outputs) {
      const own = storage ?? { bytes: 4 * countOf(output), users: 0 }
      if (!storage) live += own.bytes
      own.users++
      held.set(output, own)
    }
    peak = Math.max(peak, live)
    for (const input of new Set(inputs)) {
      const own = input && held.get(input)
      if (!own || lastUse.get(input) !== index) continue
      own.users--
      held.delete(input)
      if (own.users === 0) live -= own.bytes
    }
  }
  return peak
}

describe.each(Object.entries(sizes))('the estimate for a UNet of the size of %s', (_, config) => {
  const side = 64
  const cells = side * side
  const cost = unetCost(config)
  const graph = graphOf(config, side)

  test('counts the operations of its graph within 1 %', () => {
    const estimated = cost.flopsOnce + cost.flopsPerCell * cells + cost.flopsPerPair * cells ** 2
    expect(Math.abs(estimated / flopsOf(graph) - 1)).toBeLessThan(0.01)
  })

  test('counts the pairs of self-attention of its graph to the last one', () => {
    expect(spatialPairs(selfAttentionLayers(config), { height: side, width: side })).toBe(selfPairsOf(graph))
  })

  test('holds the most memory that its graph needs at once, and not twice as much', () => {
    const share = (cost.bytesPerCell * cells) / peakBytesOf(graph)
    expect(share).toBeGreaterThan(0.9)
    expect(share).toBeLessThan(2)
  })
})

test('Stable Diffusion 1.5 takes the 0.8 TFLOP a step at 512 × 512 that are published', () => {
  const { flopsOnce, flopsPerCell, flopsPerPair } = unetCost(sizes['Stable Diffusion 1.5'])
  expect((flopsOnce + flopsPerCell * 4096 + flopsPerPair * 4096 ** 2) / 1e12).toBeCloseTo(0.8, 1)
})
