import { evaluate, featureMap, float32, Graph, toChannelsFirst, type Tensor } from '@patchbay/onnx'
import { expect, test } from 'vitest'
import { referenceInput } from '../../../testing/reference-models.ts'
import { reweighted } from './reweighted-skips.ts'

const [height, width, channels] = [5, 6, 4]
const shape = [1, channels, height, width]
const tensor = (name: string): Tensor => float32(shape, referenceInput(name, ...shape))

async function run(isAdaptive: boolean, backbone: number, skip: number) {
  const graph = new Graph()
  const map = (name: string) => featureMap(graph.input(name, 'float32', ['batch', channels, 'height', 'width']))
  const number = (name: string) => graph.input(name, 'float32', [])
  const joined = reweighted(
    { isAdaptive },
    { x: map('x'), skip: map('skip') },
    { backbone: number('backbone'), skip: number('weight') },
  )
  graph.output('raised', toChannelsFirst(joined.x))
  graph.output('lowered', toChannelsFirst(joined.skip))
  const numbers = { backbone: float32([], [backbone]), weight: float32([], [skip]) }
  const { raised, lowered } = await evaluate(graph, { x: tensor('x'), skip: tensor('skip'), ...numbers })
  return { raised: Array.from(raised?.data ?? [], Number), lowered: Array.from(lowered?.data ?? [], Number) }
}

/** The map through a Fourier transform, its middle 2 × 2 after the shift scaled, and back: its real part. */
function filtered({ data }: Tensor, scale: number): number[] {
  const result: number[] = []
  const size = height * width
  for (let c = 0; c < channels; c++) {
    const plane = data.subarray(c * size, (c + 1) * size)
    for (let at = 0; at < size; at++) {
      let sum = 0
      for (let f = 0; f < size; f++) {
        // Of the place f after the shift: 0 stands at half of each side.
        const [fy, fx] = [Math.floor(f / width) - Math.floor(height / 2), (f % width) - Math.floor(width / 2)]
        const factor = [-1, 0].includes(fy) && [-1, 0].includes(fx) ? scale : 1
        for (const [from, value] of plane.entries()) {
          const [dy, dx] = [Math.floor(at / width) - Math.floor(from / width), (at % width) - (from % width)]
          sum += (factor * value * Math.cos(2 * Math.PI * ((fy * dy) / height + (fx * dx) / width))) / size
        }
      }
      result.push(sum)
    }
  }
  return result
}

const largest = (a: readonly number[], b: ArrayLike<number>): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0)

test('the coarsest waves of a skip connection are scaled as a Fourier transform scales them', async () => {
  const { lowered } = await run(false, 1, 0.2)
  expect(largest(lowered, filtered(tensor('skip'), 0.2))).toBeLessThan(1e-4)
})

test('half of the channels count more; by how strong they are in the second edition', async () => {
  const { data } = tensor('x')
  const half = data.length / 2
  const plain = await run(false, 1.5, 1)
  expect(
    largest(
      plain.raised,
      data.map((value, i) => (i < half ? 1.5 * value : value)),
    ),
  ).toBeLessThan(1e-5)
  const size = height * width
  const means = Array.from({ length: size }, (_, p) =>
    [0, 1, 2, 3].reduce((sum, c) => sum + (data[c * size + p] ?? NaN), 0),
  )
  const [least, most] = [Math.min(...means), Math.max(...means)]
  const share = (p: number): number => ((means[p] ?? NaN) - least) / (most - least)
  const { raised } = await run(true, 1.5, 1)
  const expected = data.map((value, i) => (i < half ? value * (1 + 0.5 * share(i % size)) : value))
  expect(largest(raised, expected)).toBeLessThan(1e-5)
})

test('weights of 1 leave both as they are', async () => {
  const { raised, lowered } = await run(true, 1, 1)
  expect(largest(raised, tensor('x').data)).toBeLessThan(1e-5)
  expect(largest(lowered, tensor('skip').data)).toBeLessThan(1e-5)
})
