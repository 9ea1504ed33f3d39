import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { blockConvolutions } from '../graph/block-convolutions.ts'
import { Graph } from '../graph/graph.ts'
import { conv2d, featureMap, mapValues, Scope, silu } from '../layers/index.ts'
import { randomTensor } from '../layers/testing.ts'
import { bindWeights } from '../serialize/bind-weights.ts'
import { float32, type AnyTensor } from '../tensor/tensor.ts'
import { blockedWeights } from '../weights/block.ts'
import { openSafetensors } from '../weights/safetensors.ts'
import { writeSafetensors } from '../weights/safetensors-writer.ts'
import { createWeightSource, readWeightAsFloat32, weightOf, type WeightSource } from '../weights/weight-source.ts'
import { convolutionBlock } from './convolution-block.ts'
import { evaluate } from './session.ts'
import { loadModel, prepareWeights } from './weight-strategy.ts'

const block = await convolutionBlock()

/** Convolutions of every kind: few channels, whole blocks, a stride, one pixel, groups. */
function network(): Graph {
  const graph = new Graph()
  const scope = new Scope(graph)
  let x = featureMap(graph.input('x', 'float32', [1, 4, 'height', 'width']))
  x = mapValues(conv2d(scope.at('first'), x, { out: 32 }), silu)
  x = mapValues(conv2d(scope.at('whole'), x, { out: 48 }), silu)
  x = conv2d(scope.at('stride'), x, { out: 32, stride: 2, bias: false })
  x = conv2d(scope.at('pixel'), x, { out: 64, kernel: 1 })
  x = conv2d(scope.at('groups'), x, { out: 64, groups: 2 })
  graph.output('y', conv2d(scope.at('odd'), x, { out: 3 }).value)
  return graph
}

const feeds = { x: randomTensor([1, 4, 9, 6], 1) }

function weights(): WeightSource {
  return createWeightSource(
    network().parameters.map(({ name, shape }, index) => weightOf(name, randomTensor(shape.map(Number), index + 2))),
  )
}

/** The largest difference, as a part of the largest expected number. */
function differenceOf(actual: AnyTensor | undefined, expected: AnyTensor | undefined): number {
  const numbers = [...(expected?.data ?? [])].map(Number)
  const distances = numbers.map((value, index) => Math.abs(Number(actual?.data[index]) - value))
  return Math.max(...distances) / Math.max(...numbers.map(Math.abs))
}

describe('kernels in blocks of channels', () => {
  test('lie with the outputs of a block innermost, then its inputs, then the taps', () => {
    const shape = [2, 4, 1, 2]
    const source = createWeightSource([weightOf('w', float32(shape, [...Array(16).keys()]))])
    const kernels = [{ name: 'w', values: 'blocked', shape, block: 2 }]
    const values = readWeightAsFloat32(createWeightSource(blockedWeights(source, kernels)), 'blocked')
    expect([...values]).toEqual([0, 8, 2, 10, 1, 9, 3, 11, 4, 12, 6, 14, 5, 13, 7, 15])
  })

  test('are taken for whole blocks of several taps only', () => {
    const { kernels, graph } = blockConvolutions(network(), 16)
    expect(kernels.map(({ name }) => name)).toEqual(['whole.weight', 'stride.weight'])
    expect(graph.parameters.map(({ name }) => name)).not.toContain('whole.weight')
  })

  test.skipIf(block === 1)(
    'give what plain convolutions give (needs a processor that convolves in blocks)',
    async () => {
      const source = weights()
      const { graph, kernels } = blockConvolutions(network(), block)
      expect(kernels.length).toBe(2)
      const all = createWeightSource([
        ...source.names.flatMap((name) => source.get(name) ?? []),
        ...blockedWeights(source, kernels),
      ])
      const expected = (await evaluate(network(), feeds, bindWeights(source)))['y']
      const got = (await evaluate(graph, feeds, bindWeights(all)))['y']
      expect(got?.shape).toEqual(expected?.shape)
      expect(differenceOf(got, expected)).toBeLessThan(1e-5)
    },
  )

  test.skipIf(block === 1)(
    'are what the float32 copy keeps, but for weights that may not change their form',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'patchbay-blocks-'))
      try {
        const path = join(folder, 'weights.safetensors')
        writeSafetensors(path, weights(), { floatType: 'float16' })
        const options = { strategy: 'cached', cacheFolder: join(folder, 'cache') } as const
        const results = []
        for (const strategy of ['folded', 'cached'] as const) {
          const { session } = await loadModel(network(), openSafetensors(path), { ...options, strategy })
          results.push((await session.run(feeds))['y'])
          await session.dispose()
        }
        expect(differenceOf(results[1], results[0])).toBeLessThan(1e-5)
        const named = (select?: (name: string) => boolean) =>
          prepareWeights(network(), openSafetensors(path), { ...options, block, ...(select && { select }) })
            .graph.parameters.map(({ name }) => name)
            .filter((name) => name.includes('blocks'))
        expect(named()).toEqual([`whole.weight:blocks-of-${block}`, `stride.weight:blocks-of-${block}`])
        expect(named((name) => name !== 'whole.weight')).toEqual([`stride.weight:blocks-of-${block}`])
      } finally {
        rmSync(folder, { recursive: true })
      }
    },
  )
})
