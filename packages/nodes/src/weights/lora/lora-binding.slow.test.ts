import {
  bindWeights,
  createWeightSource,
  evaluate,
  float32,
  Graph,
  mergeWeights,
  ops,
  readWeightAsFloat32,
  requireWeight,
  weightOf,
  type AnyTensor,
  type BindParameter,
  type WeightSource,
} from '@patchbay/onnx'
import { describe, expect, test } from 'vitest'
import { parseUNet2DConditionConfig } from '../../architectures/unet-2d-condition/config.ts'
import { referenceInput, referenceModel, referenceWeights } from '../../testing/reference-models.ts'
import { bindWithLoras } from './lora-binding.ts'
import { unetNetwork } from '../../architectures/unet-2d-condition/index.ts'
import { denoiserGraph } from '../../networks/denoising-network.ts'
import { parseLora } from './lora.ts'

const model = referenceModel('unet-sd1')
const config = parseUNet2DConditionConfig(model.config)
const weights = referenceWeights(model)
const names = {
  denoiser: { ...unetNetwork(parseUNet2DConditionConfig(model.config)), weights: weights.names },
  textEncoders: [],
}

function factors(layer: string, up: readonly number[], down: readonly number[], mid?: readonly number[]): WeightSource {
  const factor = (ending: string, shape: readonly number[]) =>
    weightOf(
      `lora_unet_${layer.replaceAll('.', '_')}.${ending}`,
      float32(shape, referenceInput(layer + ending, ...shape)),
    )
  return createWeightSource([
    factor('lora_up.weight', up),
    factor('lora_down.weight', down),
    ...(mid ? [factor('lora_mid.weight', mid)] : []),
  ])
}

async function run(bind: BindParameter): Promise<AnyTensor> {
  const given = (name: string, ...shape: readonly number[]) => float32(shape, referenceInput(name, ...shape))
  const feeds = { sample: given('sample', 1, 4, 8, 8), timestep: float32([1], [17]), text: given('text', 1, 5, 24) }
  const { prediction } = await evaluate(denoiserGraph(unetNetwork(config)), feeds, bind)
  if (!prediction) throw new Error('no prediction')
  return prediction
}

function numbers(tensor: AnyTensor): readonly number[] {
  return tensor.dtype === 'float32' ? [...tensor.data] : []
}

function largestDifference(a: AnyTensor, b: AnyTensor): number {
  const [left, right] = [numbers(a), numbers(b)]
  return Math.max(...left.map((value, index) => Math.abs(value - (right[index] ?? NaN))))
}

const linear = 'down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q'
const convolution = 'down_blocks.0.resnets.0.conv2'
const lora = parseLora(
  mergeWeights([
    factors(linear, [16, 2], [2, 16]),
    factors(convolution, [16, 3, 1, 1], [3, 16, 3, 3]),
    factors('mid_block.resnets.0.conv1', [32, 3, 1, 1], [3, 32, 1, 1], [3, 3, 3, 3]),
  ]),
  names,
)

describe('a LoRA bound to a graph', () => {
  test('changes nothing at strength 0', async () => {
    const plain = await run(bindWeights(weights))
    const bound = await run(
      bindWithLoras(
        bindWeights(weights),
        lora.updates.map((update) => ({ update, strength: 0 })),
      ),
    )
    expect(bound.data).toEqual(plain.data)
  })

  test('equals merged weights at any strength, for linear layers, convolutions and factored kernels', async () => {
    const strength = 0.7
    const bound = await run(
      bindWithLoras(
        bindWeights(weights),
        lora.updates.map((update) => ({ update, strength })),
      ),
    )
    const merged = mergeWeights([
      weights,
      createWeightSource(lora.updates.map((update) => mergedWeight(update, strength))),
    ])
    expect(largestDifference(bound, await run(bindWeights(merged)))).toBeLessThan(1e-4)
    expect(largestDifference(bound, await run(bindWeights(weights)))).toBeGreaterThan(0.01)
  })

  test('adds up with itself: twice at 0.5 is once at 1', async () => {
    const half = lora.updates.map((update) => ({ update, strength: 0.5 }))
    const whole = lora.updates.map((update) => ({ update, strength: 1 }))
    const twice = await run(bindWithLoras(bindWeights(weights), [...half, ...half]))
    expect(largestDifference(twice, await run(bindWithLoras(bindWeights(weights), whole)))).toBeLessThan(1e-4)
  })
})

describe('factors of LyCORIS', () => {
  const lycoris = (parts: Readonly<Record<string, readonly number[]>>, layer = linear) =>
    createWeightSource(
      Object.entries(parts).map(([ending, shape]) =>
        weightOf(`lora_unet_${layer.replaceAll('.', '_')}.${ending}`, float32(shape, referenceInput(ending, ...shape))),
      ),
    )
  const change = async (source: WeightSource, name = `${linear}.weight`) => {
    const applied = parseLora(source, names).updates.map((update) => ({ update, strength: 1 }))
    const graph = new Graph()
    graph.output('changed', ops.identity(graph.parameter(name, 'float32', requireWeight(weights, name).shape)))
    const { changed } = await evaluate(graph, {}, bindWithLoras(bindWeights(weights), applied))
    const before = readWeightAsFloat32(weights, name)
    return changed ? numbers(changed).map((value, i) => value - (before[i] ?? NaN)) : []
  }
  const matrix = (name: string, rows: number, columns: number) => {
    const values = referenceInput(name, rows, columns)
    return (row: number, column: number) => values[row * columns + column] ?? NaN
  }

  test('of the Hadamard form multiply two products element by element, times alpha over rank', async () => {
    const shapes = { hada_w1_a: [16, 2], hada_w1_b: [2, 16], hada_w2_a: [16, 2], hada_w2_b: [2, 16], alpha: [] }
    const got = await change(lycoris(shapes))
    const alpha = referenceInput('alpha')[0] ?? NaN
    const product = (one: string, o: number, i: number) =>
      [0, 1].reduce((sum, r) => sum + matrix(`${one}_a`, 16, 2)(o, r) * matrix(`${one}_b`, 2, 16)(r, i), 0)
    for (const [at, value] of got.entries()) {
      const [o, i] = [Math.floor(at / 16), at % 16]
      expect(value).toBeCloseTo((alpha / 2) * product('hada_w1', o, i) * product('hada_w2', o, i), 4)
    }
  })

  test('of the Kronecker form multiply every element of one by the whole of the other', async () => {
    const got = await change(lycoris({ lokr_w1: [4, 2], lokr_w2: [4, 8] }))
    for (const [at, value] of got.entries()) {
      const [o, i] = [Math.floor(at / 16), at % 16]
      const expected =
        matrix('lokr_w1', 4, 2)(Math.floor(o / 4), Math.floor(i / 8)) * matrix('lokr_w2', 4, 8)(o % 4, i % 8)
      expect(value).toBeCloseTo(expected, 4)
    }
  })

  test('of the Kronecker form may be kernels', async () => {
    const name = `${convolution}.weight`
    const got = await change(lycoris({ lokr_w1: [2, 4], lokr_w2: [8, 4, 3, 3] }, convolution), name)
    const second = referenceInput('lokr_w2', 8, 4, 3, 3)
    const [o, i, pixel] = [11, 6, 5]
    const expected = matrix('lokr_w1', 2, 4)(1, 1) * (second[((o % 8) * 4 + (i % 4)) * 9 + pixel] ?? NaN)
    expect(got[(o * 16 + i) * 9 + pixel]).toBeCloseTo(expected, 4)
  })
})

/** The definition, written as loops: W[o, i, y, x] + strength · scale · Σ up[o, a] · mid[a, b, y, x] · down[b, i]. */
function mergedWeight(update: (typeof lora.updates)[number], strength: number) {
  const base = requireWeight(weights, update.weight)
  const [out = 1, inside = 1, height = 1, width = 1] = base.shape
  const pixels = height * width
  const values = Float32Array.from(readWeightAsFloat32(weights, update.weight))
  if (update.form !== 'low-rank') throw new Error(`${update.weight} has factors of another form`)
  const read = (weight: typeof update.up) => readWeightAsFloat32(createWeightSource([weight]), weight.name)
  const [up, down, mid] = [read(update.up), read(update.down), update.mid && read(update.mid)]
  const rank = update.up.shape[1] ?? 0
  for (let o = 0; o < out; o++) {
    for (let i = 0; i < inside; i++) {
      for (let p = 0; p < pixels; p++) {
        let sum = 0
        for (let a = 0; a < rank; a++) {
          const left = up[o * rank + a] ?? NaN
          if (!mid) sum += left * (down[(a * inside + i) * pixels + p] ?? NaN)
          else
            for (let b = 0; b < rank; b++)
              sum += left * (mid[(a * rank + b) * pixels + p] ?? NaN) * (down[b * inside + i] ?? NaN)
        }
        const place = (o * inside + i) * pixels + p
        values[place] = (values[place] ?? NaN) + strength * update.scale * sum
      }
    }
  }
  return weightOf(update.weight, float32(base.shape, values))
}
