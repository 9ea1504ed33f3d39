import { featureMap, Graph, numberToFloat16, Scope, toChannelsFirst, type Weight } from '@patchbay/onnx'
import { unet2dCondition } from '../src/architectures/unet-2d-condition/unet-2d-condition.ts'
import { parseUNet2DConditionConfig } from '../src/architectures/unet-2d-condition/config.ts'

/** The denoiser of Stable Diffusion 1.5 (859,520,964 parameters) for one image of `size` latents. */
export function stableDiffusionUNet(size: number): Graph {
  const config = parseUNet2DConditionConfig({
    block_out_channels: [320, 640, 1280, 1280],
    down_block_types: ['CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'CrossAttnDownBlock2D', 'DownBlock2D'],
    up_block_types: ['UpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D', 'CrossAttnUpBlock2D'],
    attention_head_dim: 8,
    cross_attention_dim: 768,
  })
  const graph = new Graph()
  const sample = featureMap(graph.input('sample', 'float32', [1, 4, size, size]))
  const timestep = graph.input('timestep', 'float32', [1])
  const text = graph.input('text', 'float32', [1, 77, 768])
  graph.output('out', toChannelsFirst(unet2dCondition(new Scope(graph), config, { sample, timestep, text })))
  return graph
}

/** Random fp16 weights for every parameter of a graph: windows of one block of normal numbers, scaled like a network's. */
export function randomWeights(graph: Graph): Weight[] {
  const block = new Uint16Array(16 << 20)
  let state = 1
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32 - 0.5
  }
  for (let i = 0; i < block.length; i++) block[i] = numberToFloat16((uniform() + uniform() + uniform()) * 0.04)
  const whole = new Uint16Array(48 << 20)
  for (let start = 0; start < whole.length; start += block.length) whole.set(block, start)
  return graph.parameters.map(({ name, shape }, index) => {
    const sizes = shape.map(Number)
    const count = sizes.reduce((a, b) => a * b, 1)
    const start = (index * 7919) % (whole.length - count)
    const bytes = new Uint8Array(whole.buffer, start * 2, count * 2)
    return { name, dtype: 'float16', shape: sizes, place: { type: 'memory', bytes } }
  })
}
