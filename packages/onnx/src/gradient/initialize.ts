import type { Graph } from '../graph/graph.ts'
import { elementCountOf } from '../tensor/dtype.ts'
import { float32, type Tensor } from '../tensor/tensor.ts'

/**
 * First values of the parameters of a graph, as torch gives them to its layers: weights and biases of linear layers and
 * convolutions uniform within ±1/√(inputs of an output) (He et al. 2015 with a = √5), scales of norms 1 and their
 * biases 0. The same seed gives the same values, whatever other parameters there are, and whichever of them are wanted.
 */
export function initialParameters(
  graph: Graph,
  seed: number,
  wanted: (name: string) => boolean = () => true,
): Readonly<Record<string, Tensor>> {
  const shapes = new Map(graph.parameters.map(({ name, shape }) => [name, shape.map(Number)]))
  const named = [...shapes].filter(([name]) => wanted(name))
  return Object.fromEntries(named.map(([name, shape]) => [name, initialValue(name, shape, shapes, seed)]))
}

function initialValue(
  name: string,
  shape: readonly number[],
  shapes: ReadonlyMap<string, readonly number[]>,
  seed: number,
): Tensor {
  const values = new Float32Array(elementCountOf(shape))
  const owner = shape.length > 1 ? shape : shapes.get(name.replace(/bias$/, 'weight'))
  if (owner && owner.length > 1) {
    const bound = 1 / Math.sqrt(elementCountOf(owner.slice(1)))
    const random = uniform(seed, name)
    for (const index of values.keys()) values[index] = (2 * random() - 1) * bound
  } else if (!name.endsWith('bias')) {
    values.fill(1)
  }
  return float32(shape, values)
}

/** Uniform numbers in [0, 1): splitmix32 (Steele et al. 2014) from the FNV-1a hash of seed and name. */
function uniform(seed: number, name: string): () => number {
  let state = 0x811c9dc5
  for (const letter of `${seed}/${name}`) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 0x01000193)
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32
  }
}
