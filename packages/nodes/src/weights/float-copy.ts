import { existsSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import {
  parameterCountOf,
  prepareWeights,
  totalMemory,
  type Graph,
  type PreparedWeights,
  type WeightSource,
  type WeightStrategyOptions,
} from '@patchbay/onnx'

/**
 * Weights as their strategy has it; but a model that would stay mapped on the CPU gets a float32 copy in the cache
 * folder where there is room for one: within the limit, half of what the disk has free, and two thirds of the memory.
 * Writing it takes seconds, once.
 */
export function prepareWithCopy(graph: Graph, weights: WeightSource, options: WeightStrategyOptions): PreparedWeights {
  const prepared = prepareWeights(graph, weights, options)
  const { strategy = 'auto', provider = 'cpu' } = options
  if (strategy !== 'auto' || provider !== 'cpu' || prepared.strategy !== 'mapped') return prepared
  if (!isRoomFor(4 * parameterCountOf(graph), options)) return prepared
  try {
    return prepareWeights(graph, weights, { ...options, strategy: 'cached' })
  } catch (error) {
    // The disk filled up meanwhile, or refuses: the model runs as it would have without a cache.
    if (error instanceof Error && 'code' in error) return prepared
    throw error
  }
}

function isRoomFor(bytes: number, { cacheFolder, cacheLimit = Infinity }: WeightStrategyOptions): boolean {
  if (cacheFolder === undefined || bytes > cacheLimit || bytes * 1.5 > totalMemory()) return false
  let folder = cacheFolder
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bytes * 2 <= bavail * bsize
  } catch {
    return false
  }
}
