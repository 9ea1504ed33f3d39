import { describe, expect, test } from 'vitest'
import { Graph, type Value } from '../graph/graph.ts'
import * as ops from '../graph/ops/index.ts'
import type { Shape } from '../graph/shape.ts'
import { createSession } from '../runtime/session.ts'
import { type AnyTensor, int64 } from '../tensor/tensor.ts'
import {
  activate,
  attention,
  attentionBlock,
  attentionLayer,
  concatChannels,
  conv2d,
  downsample2d,
  embedding,
  featureMap,
  geglu,
  groupNorm,
  layerNorm,
  linear,
  quickGelu,
  resnetBlock,
  rmsNorm,
  Scope,
  spatialTransformer,
  timestepEmbedding,
  timestepMlp,
  toChannelsFirst,
  toTokens,
  transformerBlock,
  upsample2d,
  type AttentionForm,
  type FeatureMap,
} from './index.ts'
import * as plain from './testing.ts'
import type { Floats } from './testing.ts'

interface Setup {
  readonly scope: Scope
  readonly input: (name: string, shape: readonly number[]) => Value
}

/** Builds a layer, feeds random inputs and parameters, and gives the result beside what a reference needs. */
async function run(
  build: (setup: Setup) => Value,
  { attention = 'fused', symbolic = false }: { attention?: AttentionForm; symbolic?: boolean } = {},
) {
  const graph = new Graph()
  const feeds: Record<string, AnyTensor> = {}
  const input = (name: string, shape: readonly number[]): Value => {
    feeds[name] = plain.randomTensor(shape, Object.keys(feeds).length + 1)
    const declared: Shape = symbolic
      ? shape.map((dim, axis) => (shape.length === 4 && axis !== 1 ? `dim${axis}` : dim))
      : shape
    return graph.input(name, 'float32', declared)
  }
  graph.output('y', build({ scope: new Scope(graph, { attention }).at('place'), input }))
  const { bind, of } = plain.randomParameters(graph)
  const session = await createSession(graph, bind)
  const y = (await session.run(feeds))['y']!
  await session.dispose()
  const fed = (name: string): Floats => Array.from(feeds[name]!.data as Float32Array)
  return {
    y: { shape: y.shape, values: Array.from(y.data as Float32Array) },
    of: (name: string) => of(`place.${name}`),
    fed,
  }
}

function expectClose(got: Floats, expected: Floats, tolerance = 2e-5): void {
  expect(got.length).toBe(expected.length)
  const worst = got.reduce((most, value, index) => Math.max(most, Math.abs(value - expected[index]!)), 0)
  expect(worst).toBeLessThan(tolerance)
}

/** A layer over a feature map, in both layouts; each must agree with the reference. */
const layouts = ['channels-first', 'tokens', 'symbolic sizes'] as const
const runMap = (
  layout: (typeof layouts)[number],
  shape: readonly number[],
  build: (scope: Scope, x: FeatureMap, setup: Setup) => FeatureMap,
) =>
  run(
    (setup) => {
      const x = featureMap(setup.input('x', shape))
      return toChannelsFirst(build(setup.scope, layout === 'tokens' ? toTokens(x) : x, setup))
    },
    { attention: 'chunked', symbolic: layout === 'symbolic sizes' },
  )

describe('layers over sequences', () => {
  test('linear is x · weightᵀ + bias over the last axis', async () => {
    const { y, of, fed } = await run(({ scope, input }) => linear(scope, input('x', [2, 3, 4]), { out: 5 }))
    expect(y.shape).toEqual([2, 3, 5])
    expectClose(y.values, plain.linear(fed('x'), 4, of('weight'), of('bias')))
  })

  test('embedding looks rows up', async () => {
    const { y, of } = await run(({ scope }) =>
      embedding(scope, scope.graph.constant(int64([2, 2], [4, 0, 1, 1])), { count: 5, width: 3 }),
    )
    const table = of('weight')
    expectClose(
      y.values,
      [4, 0, 1, 1].flatMap((row) => table.slice(row * 3, row * 3 + 3)),
    )
  })

  test.each([
    { cosFirst: true, frequencyShift: 0, width: 6 },
    { cosFirst: false, frequencyShift: 1, width: 7 },
  ])('timestep embedding is sinusoids of falling frequency ($width wide)', async (options) => {
    const { y, fed } = await run(({ input }) => timestepEmbedding(ops.mul(input('t', [2]), 900), options))
    const half = 3
    const expected = fed('t').flatMap((t) => {
      const angles = [0, 1, 2].map((k) => t * 900 * Math.exp((-Math.log(10000) * k) / (half - options.frequencyShift)))
      const [sines, cosines] = [angles.map(Math.sin), angles.map(Math.cos)]
      return [
        ...(options.cosFirst ? [...cosines, ...sines] : [...sines, ...cosines]),
        ...(options.width === 7 ? [0] : []),
      ]
    })
    expectClose(y.values, expected, 2e-4)
  })

  test('timestep MLP is linear, SiLU, linear', async () => {
    const { y, of, fed } = await run(({ scope, input }) => timestepMlp(scope, input('x', [2, 4]), { width: 6 }))
    const inner = plain.linear(fed('x'), 4, of('linear_1.weight'), of('linear_1.bias')).map(plain.silu)
    expectClose(y.values, plain.linear(inner, 6, of('linear_2.weight'), of('linear_2.bias')))
  })

  test('activations are their formulas', async () => {
    const formulas = {
      silu: plain.silu,
      gelu: plain.gelu,
      'quick-gelu': (x: number) => x * plain.sigmoid(1.702 * x),
      relu: (x: number) => Math.max(x, 0),
      tanh: Math.tanh,
      mish: (x: number) => x * Math.tanh(Math.log1p(Math.exp(x))),
      'gelu-tanh': (x: number) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
    }
    for (const [name, formula] of Object.entries(formulas)) {
      const { y, fed } = await run(({ input }) => activate(name as keyof typeof formulas, ops.mul(input('x', [9]), 3)))
      expectClose(
        y.values,
        fed('x').map((x) => formula(3 * x)),
        1e-5,
      )
    }
    const { y, fed } = await run(({ input }) => quickGelu(input('x', [9])))
    expectClose(y.values, fed('x').map(formulas['quick-gelu']))
  })

  test('GEGLU gates one half by GELU of the other', async () => {
    const { y, of, fed } = await run(({ scope, input }) => geglu(scope, input('x', [2, 3]), { out: 4 }))
    const both = plain.linear(fed('x'), 3, of('proj.weight'), of('proj.bias'))
    expectClose(
      y.values,
      [0, 1].flatMap((row) => [0, 1, 2, 3].map((k) => both[row * 8 + k]! * plain.gelu(both[row * 8 + 4 + k]!))),
    )
  })

  test('layer norm', async () => {
    const { y, of, fed } = await run(({ scope, input }) => layerNorm(scope, input('x', [2, 3, 8])))
    expectClose(y.values, plain.layerNorm(fed('x'), 8, of('weight'), of('bias')))
  })

  test('RMS norm', async () => {
    const { y, of, fed } = await run(({ scope, input }) => rmsNorm(scope, input('x', [2, 8])))
    const expected = [0, 1].flatMap((row) => {
      const xs = fed('x').slice(row * 8, row * 8 + 8)
      const root = Math.sqrt(xs.reduce((sum, x) => sum + x * x, 0) / 8 + 1e-6)
      return xs.map((x, k) => (x / root) * of('weight')[k]!)
    })
    expectClose(y.values, expected)
  })
})

describe.each<AttentionForm>(['fused', 'chunked', 'plain'])('%s attention', (form) => {
  const size = { batch: 2, heads: 2, width: 8, queries: 5, keys: 7 }

  test('is softmax of scaled products for each head', async () => {
    const { y, fed } = await run(({ input }) =>
      attention(input('q', [2, 5, 8]), input('k', [2, 7, 8]), input('v', [2, 7, 8]), { heads: 2, form }),
    )
    expectClose(y.values, plain.attention(fed('q'), fed('k'), fed('v'), size))
  })

  test('is causal where asked', async () => {
    const { y, fed } = await run(({ input }) =>
      attention(input('q', [2, 5, 8]), input('k', [2, 5, 8]), input('v', [2, 5, 8]), { heads: 2, form, causal: true }),
    )
    expectClose(y.values, plain.attention(fed('q'), fed('k'), fed('v'), { ...size, keys: 5, causal: true }))
  })

  test('adds a bias to the scores', async () => {
    const { y, fed } = await run(({ input }) =>
      attention(input('q', [2, 5, 8]), input('k', [2, 7, 8]), input('v', [2, 7, 8]), {
        heads: 2,
        form,
        bias: ops.reshape(input('b', [5, 7]), [1, 1, 5, 7]),
      }),
    )
    expectClose(y.values, plain.attention(fed('q'), fed('k'), fed('v'), { ...size, bias: fed('b') }))
  })

  test('mixes a context through its four projections', async () => {
    const { y, of, fed } = await run(
      ({ scope, input }) => attentionLayer(scope, input('x', [2, 5, 6]), input('c', [2, 7, 3]), { heads: 2, width: 8 }),
      { attention: form },
    )
    const q = plain.linear(fed('x'), 6, of('to_q.weight'))
    const k = plain.linear(fed('c'), 3, of('to_k.weight'))
    const v = plain.linear(fed('c'), 3, of('to_v.weight'))
    expectClose(y.values, plain.linear(plain.attention(q, k, v, size), 8, of('to_out.0.weight'), of('to_out.0.bias')))
  })
})

test('chunked attention cuts long queries without a change of the result', async () => {
  const build = (form: AttentionForm) => (setup: Setup) =>
    attention(setup.input('q', [1, 5000, 2]), setup.input('k', [1, 5000, 2]), setup.input('v', [1, 5000, 2]), {
      heads: 1,
      form,
    })
  const [chunked, fused] = [await run(build('chunked')), await run(build('fused'))]
  expectClose(chunked.y.values, fused.y.values, 1e-5)
})

/** diffusers' BasicTransformerBlock, from the plain pieces. */
function plainTransformerBlock(x: Floats, context: Floats, tokens: number, of: (name: string) => Floats): Floats {
  const width = 4
  const size = { batch: 1, heads: 2, width, queries: tokens, keys: tokens }
  const norm = (name: string, h: Floats): Floats => plain.layerNorm(h, width, of(`${name}.weight`), of(`${name}.bias`))
  const attend = (name: string, h: Floats, source: Floats, sourceWidth: number, keys: number): Floats => {
    const q = plain.linear(h, width, of(`${name}.to_q.weight`))
    const k = plain.linear(source, sourceWidth, of(`${name}.to_k.weight`))
    const v = plain.linear(source, sourceWidth, of(`${name}.to_v.weight`))
    const mixed = plain.attention(q, k, v, { ...size, keys })
    return plain.linear(mixed, width, of(`${name}.to_out.0.weight`), of(`${name}.to_out.0.bias`))
  }
  const first = norm('norm1', x)
  let h = plain.add(x, attend('attn1', first, first, width, tokens))
  h = plain.add(h, attend('attn2', norm('norm2', h), context, 3, context.length / 3))
  const both = plain.linear(norm('norm3', h), width, of('ff.net.0.proj.weight'), of('ff.net.0.proj.bias'))
  const gated = Array.from(
    { length: tokens * 16 },
    (_, i) => both[Math.floor(i / 16) * 32 + (i % 16)]! * plain.gelu(both[Math.floor(i / 16) * 32 + 16 + (i % 16)]!),
  )
  return plain.add(h, plain.linear(gated, 16, of('ff.net.2.weight'), of('ff.net.2.bias')))
}

test('a transformer block is self-attention, cross-attention and GEGLU, each normalised and added', async () => {
  const { y, of, fed } = await run(({ scope, input }) =>
    transformerBlock(scope, input('x', [1, 6, 4]), input('c', [1, 5, 3]), { heads: 2 }),
  )
  expectClose(y.values, plainTransformerBlock(fed('x'), fed('c'), 6, of))
})

describe.each(layouts)('layers over images, %s', (layout) => {
  test.each([
    { title: '3×3', options: { out: 3 } },
    { title: '1×1', options: { out: 3, kernel: 1 } },
    { title: 'stride 2', options: { out: 3, stride: 2 } },
    { title: 'dilated, without padding', options: { out: 3, dilation: 2, padding: 0 } },
  ])('convolution $title', async ({ options }) => {
    const { y, of, fed } = await runMap(layout, [2, 4, 7, 6], (scope, x) => conv2d(scope, x, options))
    const {
      out,
      kernel = 3,
      stride = 1,
      dilation = 1,
      padding,
    } = { kernel: 3, stride: 1, dilation: 1, padding: undefined, ...options }
    const size = {
      batch: 2,
      channels: 4,
      height: 7,
      width: 6,
      out,
      kernel,
      stride,
      dilation,
      ...(padding === undefined ? {} : { before: padding }),
    }
    expectClose(y.values, plain.conv2d(fed('x'), of('weight'), of('bias'), size))
  })

  test('downsampling, padded on both sides and on one', async () => {
    const size = { batch: 1, channels: 4, height: 6, width: 4, out: 4, kernel: 3, stride: 2 }
    const both = await runMap(layout, [1, 4, 6, 4], (scope, x) => downsample2d(scope, x))
    expectClose(both.y.values, plain.conv2d(both.fed('x'), both.of('conv.weight'), both.of('conv.bias'), size))
    const one = await runMap(layout, [1, 4, 6, 4], (scope, x) => downsample2d(scope, x, { asymmetric: true }))
    expectClose(
      one.y.values,
      plain.conv2d(one.fed('x'), one.of('conv.weight'), one.of('conv.bias'), { ...size, before: 0, after: 1 }),
    )
  })

  test('upsampling', async () => {
    const { y, of, fed } = await runMap(layout, [1, 4, 3, 2], (scope, x) => upsample2d(scope, x, { out: 2 }))
    const size = { batch: 1, channels: 4, height: 6, width: 4, out: 2, kernel: 3 }
    expectClose(y.values, plain.conv2d(plain.enlarge(fed('x'), 3, 2, 2), of('conv.weight'), of('conv.bias'), size))
  })

  test('group norm', async () => {
    const { y, of, fed } = await runMap(layout, [2, 6, 3, 2], (scope, x) => groupNorm(scope, x, { groups: 3 }))
    expectClose(y.values, plain.groupNorm(fed('x'), 6, 6, 3, of('weight'), of('bias')))
  })

  test('a resnet block with a time embedding and a change of channels', async () => {
    const { y, of, fed } = await runMap(layout, [2, 4, 3, 2], (scope, x, { input }) =>
      resnetBlock(scope, x, input('t', [2, 5]), { out: 6, groups: 2 }),
    )
    const size = { batch: 2, channels: 4, height: 3, width: 2, out: 6, kernel: 3 }
    const norm = (name: string, h: Floats, channels: number): Floats =>
      plain.groupNorm(h, channels, 6, 2, of(`${name}.weight`), of(`${name}.bias`)).map(plain.silu)
    const time = plain.linear(fed('t').map(plain.silu), 5, of('time_emb_proj.weight'), of('time_emb_proj.bias'))
    let h = plain.conv2d(norm('norm1', fed('x'), 4), of('conv1.weight'), of('conv1.bias'), size)
    h = h.map((value, index) => value + time[Math.floor(index / 6)]!)
    h = plain.conv2d(norm('norm2', h, 6), of('conv2.weight'), of('conv2.bias'), { ...size, channels: 6 })
    const shortcut = plain.conv2d(fed('x'), of('conv_shortcut.weight'), of('conv_shortcut.bias'), {
      ...size,
      kernel: 1,
    })
    expectClose(y.values, plain.add(shortcut, h))
  })

  test('a spatial transformer', async () => {
    const { y, of, fed } = await runMap(layout, [1, 4, 3, 2], (scope, x, { input }) =>
      spatialTransformer(scope, x, input('c', [1, 5, 3]), { heads: 2, groups: 2 }),
    )
    const normal = plain.transpose(plain.groupNorm(fed('x'), 4, 6, 2, of('norm.weight'), of('norm.bias'), 1e-6), 4, 6)
    let h = plain.linear(normal, 4, of('proj_in.weight'), of('proj_in.bias'))
    h = plainTransformerBlock(h, fed('c'), 6, (name) => of(`transformer_blocks.0.${name}`))
    h = plain.linear(h, 4, of('proj_out.weight'), of('proj_out.bias'))
    expectClose(y.values, plain.add(fed('x'), plain.transpose(h, 6, 4)))
  })

  test('an attention block over all pixels', async () => {
    const { y, of, fed } = await runMap(layout, [2, 4, 3, 2], (scope, x) => attentionBlock(scope, x, { groups: 2 }))
    const normal = plain.transpose(
      plain.groupNorm(fed('x'), 4, 6, 2, of('group_norm.weight'), of('group_norm.bias'), 1e-6),
      4,
      6,
    )
    const [q, k, v] = ['to_q', 'to_k', 'to_v'].map((name) =>
      plain.linear(normal, 4, of(`${name}.weight`), of(`${name}.bias`)),
    ) as [Floats, Floats, Floats]
    const mixed = plain.attention(q, k, v, { batch: 2, heads: 1, width: 4, queries: 6, keys: 6 })
    const out = plain.linear(mixed, 4, of('to_out.0.weight'), of('to_out.0.bias'))
    expectClose(y.values, plain.add(fed('x'), plain.transpose(out, 6, 4)))
  })

  test('channels of two maps one after another', async () => {
    const { y, fed } = await runMap(layout, [1, 2, 1, 2], (_scope, x, { input }) =>
      concatChannels(x, featureMap(input('z', [1, 1, 1, 2]))),
    )
    expectClose(y.values, [...fed('x'), ...fed('z')])
  })
})

test('grouped convolution is a convolution of each group', async () => {
  const { y, of, fed } = await run(({ scope, input }) =>
    toChannelsFirst(conv2d(scope, featureMap(input('x', [1, 4, 3, 3])), { out: 6, groups: 2 })),
  )
  expectClose(
    y.values,
    plain.conv2d(fed('x'), of('weight'), of('bias'), {
      batch: 1,
      channels: 4,
      height: 3,
      width: 3,
      out: 6,
      kernel: 3,
      groups: 2,
    }),
  )
})
