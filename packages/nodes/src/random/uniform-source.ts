import { philoxUniform } from './philox.ts'
import type { Seed } from './seed.ts'

const blockSize = 4096

/** Numbers in [0, 1) one after another, always the same for a seed. */
export function uniformSource(seed: Seed): () => number {
  let [block, at]: [number, number] = [0, 0]
  let numbers = philoxUniform(seed, [0]).data
  return () => {
    if (at === numbers.length) {
      numbers = philoxUniform(seed, [blockSize], [block++, 0]).data
      at = 0
    }
    return numbers[at++]
  }
}
