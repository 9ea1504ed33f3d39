import { numberAt } from '@patchbay/onnx/tensor'
import {
  createWeightSource,
  fromFloat32,
  readWeightAsFloat32,
  type Weight,
  type WeightPlace,
  type WeightSource,
} from '@patchbay/onnx'
import { CheckpointError } from './checkpoint-error.ts'

/** How much of the second model goes into a weight: 0 is the first model's, 1 the second's. */
export type ShareOf = (weight: string) => number

/**
 * Weights between two models' of one structure: (1 − share) · a + share · b. They are computed where they are read,
 * in the type that the first is stored in; at the ends of the range they are the files themselves.
 * @throws CheckpointError where the second has not every weight of the first, in the same shape
 */
export function mixedWeights(a: WeightSource, b: WeightSource, shareOf: ShareOf): WeightSource {
  return combinedWeights(a, [b], (name) => {
    const share = shareOf(name)
    return [1 - share, share]
  })
}

/** a + amount · (b − c), weight by weight: what b learnt over c, added to a. */
export function addedDifference(a: WeightSource, b: WeightSource, c: WeightSource, amount: number): WeightSource {
  return combinedWeights(a, [b, c], () => [1, amount, -amount])
}

/** amounts[0] · a + amounts[1] · b, weight by weight. */
export function summedWeights(
  a: WeightSource,
  b: WeightSource,
  amounts: readonly [first: number, second: number],
): WeightSource {
  return combinedWeights(a, [b], () => amounts)
}

function combinedWeights(
  a: WeightSource,
  others: readonly WeightSource[],
  amountsOf: (name: string) => readonly number[],
): WeightSource {
  const sources = [a, ...others]
  const weights = a.names.map((name): Weight => {
    const [own, ...rest] = sources.map((source) => source.get(name))
    const missing = rest.findIndex((weight) => weight?.shape.join() !== own?.shape.join())
    if (!own || missing >= 0) {
      throw new CheckpointError(
        `${others[missing]?.title ?? 'The other model'} has another structure than ${a.title}: "${name}" is ${showShape(own)} in one and ${showShape(rest[missing])} in the other. Only models of one family can be merged.`,
      )
    }
    const amounts = amountsOf(name)
    const only = amounts.findIndex((amount, index) => amount === 1 && amounts.every((x, i) => i === index || x === 0))
    const whole = [own, ...rest][only]
    if (whole) return whole
    return {
      name,
      dtype: storedType(own),
      shape: own.shape,
      get place() {
        return placeOf(sources, name, amounts, own)
      },
    }
  })
  return createWeightSource(weights, { title: sources.map(({ title }) => title).join(' + ') })
}

const showShape = (weight: Weight | undefined): string => (weight ? `[${weight.shape.join(', ')}]` : 'missing')

/** The type that a weight is written in: its own where that is of half precision, else float32. */
export function storedType({ dtype }: Weight): 'float32' | 'float16' | 'bfloat16' {
  return dtype === 'float16' || dtype === 'bfloat16' ? dtype : 'float32'
}

function placeOf(sources: readonly WeightSource[], name: string, amounts: readonly number[], own: Weight): WeightPlace {
  const sum = new Float32Array(own.shape.reduce((product, size) => product * size, 1))
  for (const [index, source] of sources.entries()) {
    const amount = numberAt(amounts, index)
    if (amount === 0) continue
    const values = readWeightAsFloat32(source, name)
    for (let i = 0; i < sum.length; i++) sum[i] = numberAt(sum, i) + amount * numberAt(values, i)
  }
  return { type: 'memory', bytes: fromFloat32(sum, storedType(own)) }
}
