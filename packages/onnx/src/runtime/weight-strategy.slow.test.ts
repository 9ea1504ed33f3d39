import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Graph } from '../graph/graph.ts'
import * as ops from '../graph/ops/index.ts'
import { linear } from '../layers/linear.ts'
import { Scope } from '../layers/scope.ts'
import { float32, type AnyTensor } from '../tensor/tensor.ts'
import { openSafetensors } from '../weights/safetensors.ts'
import { writeSafetensors } from '../weights/safetensors-writer.ts'
import { createWeightSource, requireWeight, weightOf, type WeightSource } from '../weights/weight-source.ts'
import { loadModel, prepareWeights, type WeightStrategy, type WeightStrategyOptions } from './weight-strategy.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'patchbay-strategy-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** Numbers that look normal and are the same on every run: sums of four uniform ones of a linear congruence. */
function noise(count: number, seed: number): Float32Array {
  let state = seed >>> 0
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32 - 0.5
  }
  return Float32Array.from({ length: count }, () => (uniform() + uniform() + uniform() + uniform()) * 1.7)
}

const width = 256

/** Two linear layers with a nonlinearity between them. */
function network(): Graph {
  const graph = new Graph()
  const scope = new Scope(graph)
  const x = graph.input('x', 'float32', ['batch', 'length', width])
  const h = ops.tanh(linear(scope.at('first'), x, { out: 2 * width }))
  graph.output('y', linear(scope.at('second'), h, { out: width }))
  return graph
}

function weightFile(path = join(folder, 'weights.safetensors')): WeightSource {
  const scaled = (shape: number[], seed: number): AnyTensor => {
    const values = noise(
      shape.reduce((a, b) => a * b),
      seed,
    )
    return float32(
      shape,
      values.map((value) => value / Math.sqrt(shape[1] ?? 1)),
    )
  }
  const weights = [
    weightOf('first.weight', scaled([2 * width, width], 1)),
    weightOf('first.bias', scaled([2 * width], 2)),
    weightOf('second.weight', scaled([width, 2 * width], 3)),
    weightOf('second.bias', scaled([width], 4)),
  ]
  writeSafetensors(path, createWeightSource(weights), { floatType: 'float16' })
  return openSafetensors(path)
}

async function outputOf(source: WeightSource, options: WeightStrategyOptions): Promise<Float32Array> {
  const { session } = await loadModel(network(), source, options)
  const { y } = await session.run({ x: float32([1, 8, width], noise(8 * width, 9)) })
  await session.dispose()
  if (y?.dtype !== 'float32') throw new Error('expected float32')
  return y.data
}

/** Root mean square of the difference over that of the expected values. */
function relativeError(actual: Float32Array, expected: Float32Array): number {
  const square = (values: Float32Array): number => values.reduce((sum, value) => sum + value * value, 0)
  return Math.sqrt(square(actual.map((value, i) => value - (expected[i] ?? NaN))) / square(expected))
}

describe('a weight strategy', () => {
  test.each(['folded', 'cached'] as const)('%s gives what mapped gives', async (strategy) => {
    const source = weightFile()
    const expected = await outputOf(source, { strategy: 'mapped' })
    expect(
      relativeError(await outputOf(source, { strategy, cacheFolder: join(folder, 'cache') }), expected),
    ).toBeLessThan(1e-5)
  })

  test.each([
    ['int8', 0.002, 0.02],
    ['int4', 0.02, 0.15],
  ] as const)('%s is off by a small relative error', async (strategy: WeightStrategy, least, most) => {
    const source = weightFile()
    const expected = await outputOf(source, { strategy: 'mapped' })
    const error = relativeError(await outputOf(source, { strategy }), expected)
    expect(error).toBeGreaterThan(least)
    expect(error).toBeLessThan(most)
  })

  test('quantises only the matrices it is told to', async () => {
    const source = weightFile()
    const both = prepareWeights(network(), source, { strategy: 'int4' })
    const one = prepareWeights(network(), source, { strategy: 'int4', select: (name) => name.startsWith('second') })
    expect(both.graph.parameters.map(({ name }) => name)).not.toContain('first.weight')
    expect(one.graph.parameters.map(({ name }) => name)).toContain('first.weight')
    expect(one.graph.parameters.map(({ name }) => name)).not.toContain('second.weight')
  })

  test('keeps derived weights in the cache and maps them from there', async () => {
    const cacheFolder = join(folder, 'cache')
    const source = weightFile()
    const prepare = (): number => {
      const { source: bound } = prepareWeights(network(), source, { strategy: 'int4', cacheFolder })
      expect(requireWeight(bound, 'first.weight:int4').place).toMatchObject({ type: 'file' })
      const [file = ''] = readdirSync(cacheFolder)
      return statSync(join(cacheFolder, file)).mtimeMs
    }
    const written = prepare()
    expect(prepare()).toBe(written)
    expect(readdirSync(cacheFolder).length).toBe(1)
    const cached = await outputOf(source, { strategy: 'int4', cacheFolder })
    expect(cached).toEqual(await outputOf(source, { strategy: 'int4' }))
  })

  test('never takes the cached copy of a file that has changed', async () => {
    const cacheFolder = join(folder, 'cache')
    prepareWeights(network(), weightFile(), { strategy: 'cached', cacheFolder })
    utimesSync(join(folder, 'weights.safetensors'), new Date(0), new Date(0))
    prepareWeights(network(), openSafetensors(join(folder, 'weights.safetensors')), { strategy: 'cached', cacheFolder })
    expect(readdirSync(cacheFolder).length).toBe(2)
  })

  test('packs matrices of cached weights only where there is memory for a copy', () => {
    const cacheFolder = join(folder, 'cache')
    const prepared = (memory: number) =>
      prepareWeights(network(), weightFile(), { strategy: 'cached', cacheFolder, memory }).session
    expect(prepared(2 ** 40).extra).toEqual({ session: { disable_prepacking: '0' } })
    expect(prepared(1)).not.toHaveProperty('extra')
  })

  test('cached without a folder to keep its file in is refused', () => {
    expect(() => prepareWeights(network(), weightFile(), { strategy: 'cached' })).toThrow('needs a cacheFolder')
  })
})

describe('the automatic strategy', () => {
  test('folds a small model, which loads at once anyway', () => {
    expect(prepareWeights(network(), weightFile())).toMatchObject({
      strategy: 'folded',
      session: { weights: 'folded' },
    })
  })

  test('maps where memory is short, and where the device keeps its own copy', () => {
    expect(prepareWeights(network(), weightFile(), { memory: 1 << 20 }).strategy).toBe('mapped')
    expect(prepareWeights(network(), weightFile(), { provider: 'cuda' })).toMatchObject({
      strategy: 'mapped',
      reason: expect.stringContaining('cuda holds its own copy'),
    })
  })

  test('takes the float32 copy once there is one', () => {
    const options = { memory: 1 << 20, cacheFolder: join(folder, 'cache') }
    expect(prepareWeights(network(), weightFile(), options).strategy).toBe('mapped')
    const source = openSafetensors(join(folder, 'weights.safetensors'))
    prepareWeights(network(), source, { ...options, strategy: 'cached' })
    const { strategy, source: bound } = prepareWeights(network(), source, options)
    expect(strategy).toBe('cached')
    expect(requireWeight(bound, 'first.weight').dtype).toBe('float32')
  })
})
