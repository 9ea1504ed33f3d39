import { describe, test } from 'vitest'
import type { Value } from '../graph/graph.ts'
import { expectGradients } from '../gradient/finite-differences.contract.ts'
import {
  addPerChannel,
  attentionLayer,
  conv2d,
  downsample2d,
  featureMap,
  geglu,
  groupNorm,
  layerNorm,
  linear,
  resnetBlock,
  rmsNorm,
  Scope,
  silu,
  spatialTransformer,
  toChannelsFirst,
  toTokens,
  upsample2d,
  type FeatureMap,
} from './index.ts'

const scopeOf = (x: Value): Scope => new Scope(x.graph, { attention: 'plain' }).at('place')

describe.each(['channels-first', 'tokens'] as const)('layers over images in the layout %s', (layout) => {
  const check = (
    shapes: readonly (readonly number[])[],
    build: (scope: Scope, x: FeatureMap, ...rest: Value[]) => FeatureMap,
  ) =>
    expectGradients(shapes, (image, ...rest) => {
      const x = featureMap(image)
      return toChannelsFirst(build(scopeOf(image), layout === 'tokens' ? toTokens(x) : x, ...rest))
    })

  test.each([
    { title: '3×3', options: { out: 3 } },
    { title: '1×1', options: { out: 3, kernel: 1 } },
    { title: 'of stride 2', options: { out: 2, stride: 2 } },
    { title: 'dilated', options: { out: 2, dilation: 2 } },
    { title: 'without bias or padding', options: { out: 2, padding: 0, bias: false } },
  ])('the gradients of a convolution $title agree with finite differences', async ({ options }) => {
    await check([[2, 2, 5, 4]], (scope, x) => conv2d(scope, x, options))
  })

  test('those of up- and downsampling', async () => {
    await check([[1, 2, 3, 2]], (scope, x) => upsample2d(scope, x))
    await check([[1, 2, 4, 6]], (scope, x) => downsample2d(scope, x))
    await check([[1, 2, 4, 6]], (scope, x) => downsample2d(scope, x, { asymmetric: true }))
  })

  test('those of group norm', async () => {
    await check([[2, 4, 3, 2]], (scope, x) => groupNorm(scope, x, { groups: 2 }))
  })

  test('those of a vector added to each channel', async () => {
    await check(
      [
        [2, 3, 2, 2],
        [2, 3],
      ],
      (_scope, x, vector) => addPerChannel(x, vector!),
    )
  })

  test('those of a resnet block', async () => {
    await check(
      [
        [2, 2, 3, 3],
        [2, 3],
      ],
      (scope, x, time) => resnetBlock(scope, x, time, { out: 4, groups: 2 }),
    )
  })

  test('those of a spatial transformer', async () => {
    await check(
      [
        [1, 4, 2, 2],
        [1, 3, 2],
      ],
      (scope, x, context) => spatialTransformer(scope, x, context, { heads: 2, groups: 2, expansion: 1 }),
    )
  })
})

describe('layers over sequences', () => {
  test.each([
    { title: 'linear', build: (scope: Scope, x: Value) => linear(scope, x, { out: 2 }) },
    { title: 'GEGLU', build: (scope: Scope, x: Value) => geglu(scope, x, { out: 2 }) },
    { title: 'SiLU', build: (_scope: Scope, x: Value) => silu(x) },
    { title: 'layer norm', build: (scope: Scope, x: Value) => layerNorm(scope, x) },
    { title: 'RMS norm', build: (scope: Scope, x: Value) => rmsNorm(scope, x) },
    {
      title: 'causal attention',
      build: (scope: Scope, x: Value) => attentionLayer(scope, x, undefined, { heads: 2, causal: true }),
    },
  ])('the gradients of $title agree with finite differences', async ({ build }) => {
    await expectGradients([[2, 3, 4]], (x) => build(scopeOf(x), x))
  })
})
