import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { createWeightSource, float32, weightOf, type Tensor } from '@patchbay/onnx'
import { afterAll, expect, test } from 'vitest'
import { flowDensity, logStandardNormal } from '../../likelihood/index.ts'
import { decodeByFlow, encodeByFlow, levelsForFlow, parseFlow, type FlowModel } from '../../networks/flow-model.ts'
import { createSessions } from '../../networks/sessions.ts'
import { philoxNormal } from '../../random/index.ts'
import { flowBinding, flowLoss, flowStart, wholeFlow } from '../../training/losses/flow-loss.ts'
import type { NamedTensors } from '../../training/loop/training-state.ts'
import { runTraining } from '../../training/loop/training-run.ts'
import type { GlowConfig } from './config.ts'
import { mixingFactorsAt, mixingMatrices, rotationFactors } from './mixing.ts'

const sessions = createSessions({ threads: 1 })
afterAll(() => sessions.clear())

const small: GlowConfig = { channels: 1, size: 4, levels: 2, steps: 2, width: 8 }

const flowOf = (tensors: NamedTensors, key: string, size: number): FlowModel =>
  parseFlow(
    createWeightSource(
      Object.entries(tensors).map(([name, tensor]) => weightOf(name, tensor)),
      { metadata: { size: String(size) }, title: key },
    ),
    key,
  )

/** A flow at its start, with what begins as nothing drawn by lot, so that every part of it acts. */
async function wildFlow(config: GlowConfig, key: string): Promise<FlowModel> {
  const picture = philoxNormal(3, [8, config.channels, config.size, config.size])
  const start = await flowStart(
    config,
    {
      picture: float32(
        picture.shape,
        picture.data.map((x) => x / 4),
      ),
    },
    5,
  )
  const wild = Object.entries(start).map(([name, tensor], i) => {
    const amount = /\.(coupling\.4|prior)\./.test(name) ? 0.05 : 0
    const more = philoxNormal(7, tensor.shape, [i, 0]).data
    return [
      name,
      float32(
        tensor.shape,
        tensor.data.map((x, at) => x + amount * (more[at] ?? 0)),
      ),
    ] as const
  })
  return flowOf(Object.fromEntries(wild), key, config.size)
}

const furthest = (a: Tensor, b: Tensor): number =>
  a.data.reduce((most, x, i) => Math.max(most, Math.abs(x - (b.data[i] ?? NaN))), 0)

test('thirty-six steps of width 128 and back again leave a picture where it was', async () => {
  const flow = await wildFlow({ channels: 3, size: 32, levels: 3, steps: 12, width: 128 }, 'deep')
  const noise = philoxNormal(1, [2, 3, 32, 32])
  const pictures = float32(
    noise.shape,
    noise.data.map((x) => Math.max(-0.5, Math.min(0.5, x / 5))),
  )
  const { latents } = await encodeByFlow(sessions, flow, pictures)
  expect(latents.shape).toEqual([2, 192, 4, 4])
  expect(furthest(await decodeByFlow(sessions, flow, latents), pictures)).toBeLessThan(1e-4)
})

test('the determinant is that of the numerical Jacobian', async () => {
  const flow = await wildFlow(small, 'jacobian')
  const at = philoxNormal(2, [1, 1, 4, 4]).data.map((x) => x / 4)
  const step = 1e-2
  const moved = Array.from({ length: 32 }, (_, k) =>
    at.map((x, i) => (i === Math.floor(k / 2) ? x + (k % 2 === 0 ? step : -step) : x)),
  )
  const all = float32([32, 1, 4, 4], Float32Array.from(moved.flatMap((values) => [...values])))
  const { latents } = await encodeByFlow(sessions, flow, all)
  const jacobian = Array.from({ length: 16 }, (_, j) =>
    Array.from({ length: 16 }, (_, i) => {
      const value = (k: number): number => latents.data[k * 16 + i] ?? 0
      return (value(2 * j) - value(2 * j + 1)) / (2 * step)
    }),
  )
  const { logDeterminants } = await encodeByFlow(sessions, flow, float32([1, 1, 4, 4], at))
  const [own = 0] = logDeterminants
  expect(Math.abs(own / logDeterminantOf(jacobian) - 1)).toBeLessThan(1e-3)
})

/** By elimination, the row with the largest number first. */
function logDeterminantOf(matrix: readonly (readonly number[])[]): number {
  const rows = matrix.toSorted((a, b) => Math.abs(b[0] ?? 0) - Math.abs(a[0] ?? 0))
  const [[first = 1, ...rest] = [], ...others] = rows
  const left = others.map(([head = 0, ...row]) => row.map((x, j) => x - (head / first) * (rest[j] ?? 0)))
  return Math.log(Math.abs(first)) + (left.length > 0 ? logDeterminantOf(left) : 0)
}

test('a matrix is a rotation at its start, its factors have its determinant, and its inverse undoes it', () => {
  const size = 6
  const factors = rotationFactors(size, philoxNormal(4, [size, size]).data)
  const { matrix, inverse } = mixingMatrices(factors)
  const at = ({ data }: Tensor, i: number, j: number): number => data[i * size + j] ?? 0
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      // The inverse of a rotation is its transpose.
      expect(at(inverse, i, j)).toBeCloseTo(at(matrix, j, i), 6)
    }
  }
  const rows = Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => at(matrix, i, j)))
  const scaled = { ...factors, logDiagonal: Array.from(factors.logDiagonal, (x, i) => x + 0.1 * i) }
  const sum = Array.from(scaled.logDiagonal).reduce((a, b) => a + b, 0)
  const stretched = mixingMatrices(scaled).matrix
  expect(logDeterminantOf(rows)).toBeCloseTo(0, 6)
  expect(logDeterminantOf(rows.map((_, i) => Array.from({ length: size }, (_, j) => at(stretched, i, j))))).toBeCloseTo(
    sum,
    6,
  )
})

test('a flow that changes nothing has the density of its base', async () => {
  const start = await flowStart(small, { picture: philoxNormal(0, [4, 1, 4, 4]) }, 1)
  const still = Object.entries(start).map(([name, { shape, data }]) => {
    const size = shape[0] ?? 1
    const isSquare = /(mix_permutation)$/.test(name)
    // A coupling's scale is the sigmoid of what its network says and 2 more: 1 where that is large.
    const isScale = name.endsWith('coupling.4.bias')
    const values = data.map((_, i) =>
      isSquare ? (i % (size + 1) === 0 ? 1 : 0) : isScale && i >= size / 2 ? 30 : name.endsWith('mix_sign') ? 1 : 0,
    )
    return [name, float32(shape, values)] as const
  })
  const flow = flowOf(Object.fromEntries(still), 'identity', 4)
  const x = philoxNormal(9, [2, 1, 4, 4])
  const { latents, logDeterminants } = await encodeByFlow(sessions, flow, x)
  for (const item of [0, 1]) {
    const own = latents.data.subarray(item * 16, item * 16 + 16)
    const density = flowDensity({ latents: own, logDeterminant: logDeterminants[item] ?? NaN })
    expect(density).toBeCloseTo(logStandardNormal(x.data.subarray(item * 16, item * 16 + 16)), 4)
  }
})

test('trained on correlated normal numbers it comes within a hundredth of a nat of their entropy', async () => {
  const config: GlowConfig = { channels: 1, size: 2, levels: 1, steps: 2, width: 4 }
  const batch = 256
  /** Four numbers, of which each is half the one before and new noise; scaled to the width of a picture. */
  const draw = (step: number): { values: Float32Array; density: number } => {
    const noise = philoxNormal(11, [batch, 4], [step, 0]).data
    const values = new Float32Array(batch * 4)
    let density = 0
    for (let i = 0; i < values.length; i++) {
      const before = i % 4 === 0 ? 0 : (values[i - 1] ?? 0) / 0.2
      values[i] = 0.2 * (0.8 * before + 0.6 * (noise[i] ?? 0))
      density += logStandardNormal([noise[i] ?? 0]) - Math.log(0.2 * 0.6)
    }
    return { values, density: density / batch }
  }
  const feeds = (step: number) => ({ picture: float32([batch, 1, 2, 2], draw(step).values) })
  const start = await flowStart(config, feeds(0), 2)
  const bits: number[] = []
  await runTraining({
    ...flowBinding(start),
    loss: flowLoss(config, batch),
    initial: start,
    feedsOf: (step) => feeds(step),
    steps: 400,
    seed: 0,
    recipe: 'gaussian',
    optimizer: { type: 'adamw', weightDecay: 0 },
    learningRate: (step) => 0.01 * (1 - step / 400),
    onStep: ({ loss }) => void bits.push(loss),
  })
  const gaps = bits.slice(-50).map((loss, i) => (loss - 8) * Math.LN2 * 4 + draw(350 + i).density)
  const gap = gaps.reduce((sum, value) => sum + value / gaps.length, 0)
  expect(Math.abs(gap)).toBeLessThan(0.01)
}, 60_000)

interface ReferenceStep {
  readonly weights: Readonly<Record<string, { readonly shape: number[]; readonly data: number[] }>>
  readonly input: number[]
  readonly latents: number[]
  readonly logDeterminants: number[]
  readonly size: number
  readonly batch: number
}

test('it is what normflows computes with the same weights', async () => {
  const file = resolve(import.meta.dirname, '../../../../../tests/reference/vectors/glow.json.gz')
  const reference = JSON.parse(gunzipSync(readFileSync(file)).toString()) as ReferenceStep
  const { size, batch } = reference
  const tensors = Object.entries(reference.weights).map(
    ([name, { shape, data }]) => [name, float32(shape, data)] as const,
  )
  const flow = flowOf(Object.fromEntries(tensors), 'normflows', size)
  const pictures = float32([batch, 3, size, size], reference.input)
  const { latents, logDeterminants } = await encodeByFlow(sessions, flow, pictures)
  expect(furthest(latents, float32(latents.shape, reference.latents))).toBeLessThan(1e-4)
  for (const [item, value] of logDeterminants.entries()) {
    expect(value).toBeCloseTo(reference.logDeterminants[item] ?? NaN, 3)
  }
  expect(furthest(await decodeByFlow(sessions, flow, latents), pictures)).toBeLessThan(1e-5)
})

test('pictures and latents that do not fit are refused with what fits', async () => {
  const flow = await wildFlow(small, 'refusing')
  await expect(
    encodeByFlow(sessions, flow, levelsForFlow(float32([1, 1, 6, 4], new Float32Array(24)))),
  ).rejects.toThrow('sides are multiples of 4 (it was trained at 4), but got 1 channels of 4 × 6')
  await expect(decodeByFlow(sessions, flow, float32([1, 4, 1, 1], [0, 0, 0, 0]))).rejects.toThrow(
    "This flow's latents have 16 channels, but got 4",
  )
  expect(() => parseFlow(createWeightSource([], { title: 'x' }), 'x')).toThrow('x is no flow that is known')
})

test('the factors that a file holds make its matrix', async () => {
  const flow = await wildFlow(small, 'file')
  const { matrix, inverse } = mixingMatrices(mixingFactorsAt(flow.weights, 'levels.1.steps.1'))
  const size = matrix.shape[0] ?? 0
  for (let i = 0; i < size; i++) {
    let sum = 0
    for (let k = 0; k < size; k++) sum += (matrix.data[i * size + k] ?? 0) * (inverse.data[k * size + i] ?? 0)
    expect(sum).toBeCloseTo(1, 5)
  }
  expect(wholeFlow({ 'a.mix_sign': matrix, b: matrix }, { b: inverse })).toEqual({ 'a.mix_sign': matrix, b: inverse })
})
