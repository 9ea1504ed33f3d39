import { blockConvolutions, type BlockedKernel } from '../graph/block-convolutions.ts'
import { parameterCountOf, type Graph } from '../graph/graph.ts'
import { quantizeGraph, type QuantizeOptions } from '../graph/quantized/quantize-graph.ts'
import type { QuantizedMatrix } from '../graph/quantized/quantized-matrix.ts'
import { bindWeights } from '../serialize/bind-weights.ts'
import { elementCountOf } from '../tensor/dtype.ts'
import { blockedWeights } from '../weights/block.ts'
import { quantizedWeights, safeInt8Levels, type Int8Levels } from '../weights/quantize.ts'
import { type CachedWeights, cachedWeights } from '../weights/weight-cache.ts'
import { createWeightSource, mergeWeights, requireWeight, type WeightSource } from '../weights/weight-source.ts'
import type { Weight } from '../weights/weight.ts'
import { convolutionBlock } from './convolution-block.ts'
import { int8Support } from './int8-support.ts'
import { freeMemory } from './memory.ts'
import { createSession, type ExecutionProvider, type Session, type SessionOptions } from './session.ts'

/**
 * How weights get from their file into a session.
 * - `mapped`: they stay in the file and are cast at each run. Ready at once, next to no memory, a slightly slower step.
 * - `folded`: cast and packed while loading. Slow to load, holds everything as float32, the fastest step.
 * - `cached`: a float32 copy in the cache folder is written once and mapped, its kernels in the order in which the
 *   processor convolves. Ready in a second or two from then on; where memory allows, matrices are packed while loading,
 *   and steps are as fast as folded ones.
 * - `int8`, `int4`: products and convolutions read quantised weights (kept in the cache folder, where one is given),
 *   `int4` in products alone: smaller, and with `int8` up to twice as fast or more, at the price of an error.
 */
export const weightStrategies = ['mapped', 'folded', 'cached', 'int8', 'int4'] as const
export type WeightStrategy = (typeof weightStrategies)[number]

export interface WeightStrategyOptions extends QuantizeOptions {
  /** Default `auto`: chosen by size, memory, provider and what the cache holds. */
  readonly strategy?: WeightStrategy | 'auto'
  readonly provider?: ExecutionProvider
  /** Where derived weights are kept. `cached` needs one. */
  readonly cacheFolder?: string
  /**
   * Bytes that the files of the cache folder may take together. Default 32 GiB; those unused for longest are removed.
   */
  readonly cacheLimit?: number
  /**
   * Channels in a block of this processor's convolutions, as `convolutionBlock` finds out (which `loadModel` does by
   * itself). Kernels of the float32 copy are kept in such blocks. Where not given, they stay as they are, and a step of
   * Stable Diffusion 1.5 takes 5 % longer.
   */
  readonly block?: number
  /**
   * The largest level of 8-bit weights that this processor adds up exactly, as `int8Support` finds out (which
   * `loadModel` does by itself). Default 63, which every processor does.
   */
  readonly levels?: Int8Levels
  /**
   * Whether the weight of this name may take another form: say no to those that a binding computes from the stored
   * ones.
   */
  readonly select?: (name: string) => boolean
  /** Bytes of memory that may be used; what is free where not given. */
  readonly memory?: number
}

/** A graph with the weights to bind to it, and how a session is to treat them. */
export interface PreparedWeights {
  readonly graph: Graph
  readonly source: WeightSource
  /**
   * For `SessionOptions`. The float32 copy is there for speed, so its sessions keep the memory of one run for the next.
   */
  readonly session: Required<Pick<SessionOptions, 'weights' | 'arena'>> & Pick<SessionOptions, 'extra'>
  readonly strategy: WeightStrategy
  /** Why this strategy, in a sentence. */
  readonly reason: string
}

/**
 * Packs matrices for the processor, which mapped weights are not by default: 5 % of a step for 1.1 GB of Stable
 * Diffusion 1.5.
 */
const packedMatrices = { session: { disable_prepacking: '0' } } as const

/** Whether there is memory for a packed copy beside the mapped pages; without, packing costs more than it saves. */
function fitsTwice(graph: Graph, { memory = freeMemory() }: WeightStrategyOptions): boolean {
  return 2 * 4 * parameterCountOf(graph) <= memory
}

const quantizedBytes = (matrices: readonly QuantizedMatrix[]): number =>
  matrices.reduce((sum, { inputs, outputs }) => sum + inputs * outputs, 0)

/** Below this size as float32 a model folds in about a second, and mapping it gains nothing. */
const foldedBytes = 256 * 2 ** 20

/** Applies a strategy to a graph and its weights, for `createSession(graph, bindWeights(source), session)`. */
export function prepareWeights(
  graph: Graph,
  source: WeightSource,
  options: WeightStrategyOptions = {},
): PreparedWeights {
  const { strategy = 'auto' } = options
  if (strategy !== 'auto') return applied(graph, source, strategy, 'asked for', options)
  const [chosen, reason] = chooseStrategy(graph, source, options)
  return applied(graph, source, chosen, reason, options)
}

/** What the processor does best, as far as a strategy may want it. */
export async function processorOptions({
  strategy,
}: Pick<WeightStrategyOptions, 'strategy'>): Promise<Pick<WeightStrategyOptions, 'block' | 'levels'>> {
  if (strategy !== 'int8' && strategy !== 'int4') return { block: await convolutionBlock() }
  const support = await int8Support()
  return support.isUseful ? { levels: support.levels } : {}
}

/** Loads a graph with its weights by a strategy, and says which it was. */
export async function loadModel(
  graph: Graph,
  source: WeightSource,
  options: WeightStrategyOptions & Omit<SessionOptions, 'weights'> = {},
): Promise<{ readonly session: Session; readonly strategy: WeightStrategy; readonly reason: string }> {
  const prepared = prepareWeights(graph, source, { ...(await processorOptions(options)), ...options })
  const { strategy, reason } = prepared
  const session = await createSession(prepared.graph, bindWeights(prepared.source), { ...prepared.session, ...options })
  return { session, strategy, reason }
}

const mebibytes = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`

function chooseStrategy(graph: Graph, source: WeightSource, options: WeightStrategyOptions): [WeightStrategy, string] {
  const { provider = 'cpu', memory = freeMemory(), cacheFolder } = options
  if (provider !== 'cpu') return ['mapped', `${provider} holds its own copy, so none is made in main memory`]
  const bytes = 4 * graph.parameters.reduce((sum, { shape }) => sum + elementCountOf(shape.map(Number)), 0)
  if (bytes <= foldedBytes && bytes * 2 <= memory)
    return ['folded', `${mebibytes(bytes)} as float32 fold in about a second`]
  if (cacheFolder !== undefined && floatCache(graph, source, cacheFolder, options)?.ready === true) {
    return ['cached', 'a float32 copy is in the cache']
  }
  return ['mapped', `folding would take ${mebibytes(bytes)} and many seconds`]
}

function applied(
  graph: Graph,
  source: WeightSource,
  strategy: WeightStrategy,
  reason: string,
  options: WeightStrategyOptions,
): PreparedWeights {
  switch (strategy) {
    case 'mapped':
    case 'folded':
      return {
        graph,
        source: strategy === 'mapped' ? decodedOnDisk(graph, source, options) : source,
        session: { weights: strategy, arena: strategy === 'folded' },
        strategy,
        reason,
      }
    case 'cached': {
      if (options.cacheFolder === undefined)
        throw new RangeError('The strategy "cached" needs a cacheFolder to keep its file in')
      const cache = floatCache(graph, source, options.cacheFolder, options)
      const session = {
        weights: 'mapped',
        arena: true,
        ...(fitsTwice(graph, options) && { extra: packedMatrices }),
      } as const
      if (!cache) return { graph, source, session, strategy, reason }
      const bound = mergeWeights([source, cache.open()], source.title)
      return { graph: blockedGraph(graph, bound, options), source: bound, session, strategy, reason }
    }
    case 'int8':
    case 'int4': {
      const { graph: quantized, matrices } = quantizeGraph(graph, strategy, options)
      const { cacheFolder, levels = safeInt8Levels } = options
      const made = (): Weight[] => quantizedWeights(source, matrices, levels)
      const form = `${strategy}x${levels}`
      const origins = matrices.map(({ name }) => requireWeight(source, name))
      const own =
        cacheFolder === undefined || origins.length === 0
          ? createWeightSource(made())
          : cachedWeights(cacheFolder, form, origins, made, limitOf(options)).open()
      return {
        graph: quantized,
        source: mergeWeights([source, own], source.title),
        session: {
          weights: 'mapped',
          arena: false,
          ...(quantizedBytes(matrices) <= (options.memory ?? freeMemory()) && { extra: packedMatrices }),
        },
        strategy,
        reason,
      }
    }
  }
}

/**
 * Weights that are decoded (GGUF), as a file of the cache folder from which they are mapped: in memory, those of a
 * large model would take all of it. As they are where there is no folder, or its disk is full.
 */
function decodedOnDisk(graph: Graph, source: WeightSource, options: WeightStrategyOptions): WeightSource {
  const { cacheFolder } = options
  const decoded = graph.parameters.flatMap(({ name }) => {
    const weight = source.get(name)
    return weight?.decodedFrom ? [weight] : []
  })
  if (cacheFolder === undefined || decoded.length === 0) return source
  try {
    const copy = cachedWeights(cacheFolder, 'decoded', decoded, () => decoded, limitOf(options))
    return mergeWeights([source, copy.open()], source.title)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return source
    throw error
  }
}

/**
 * The float32 copy of those parameters of a graph that lie in files in a smaller type or another order; undefined where
 * there are none.
 */
function floatCache(
  graph: Graph,
  source: WeightSource,
  folder: string,
  options: WeightStrategyOptions,
): CachedWeights | undefined {
  const kernels = blockedKernels(graph, source, options)
  const inBlocks = new Set(kernels.map(({ name }) => name))
  const small = graph.parameters.flatMap((parameter) => {
    const weight = source.get(parameter.name)
    const isSmall = weight && weight.dtype !== parameter.dtype && parameter.dtype === 'float32'
    return isSmall && !inBlocks.has(parameter.name) ? [weight] : []
  })
  if (small.length + kernels.length === 0) return undefined
  const origins = [...small, ...kernels.map(({ name }) => requireWeight(source, name))]
  const form = kernels.length === 0 ? 'float32' : `float32x${options.block}`
  return cachedWeights(folder, form, origins, () => [...small, ...blockedWeights(source, kernels)], {
    floatType: 'float32',
    ...limitOf(options),
  })
}

/**
 * The kernels that the cache keeps in blocks: all, whatever a graph selects, so that one file serves every selection.
 */
function blockedKernels(
  graph: Graph,
  source: WeightSource,
  { block = 1, provider = 'cpu' }: WeightStrategyOptions,
): readonly BlockedKernel[] {
  if (block <= 1 || provider !== 'cpu') return []
  return blockConvolutions(graph, block).kernels.filter(
    ({ name, shape }) => source.get(name)?.shape.join() === shape.join(),
  )
}

/** The graph with those convolutions in blocks whose kernels `source` has in blocks. */
function blockedGraph(graph: Graph, source: WeightSource, options: WeightStrategyOptions): Graph {
  const { block = 1, select = () => true } = options
  const cached = new Set(blockedKernels(graph, source, options).map(({ name }) => name))
  if (cached.size === 0) return graph
  return blockConvolutions(graph, block, { select: (name) => cached.has(name) && select(name) }).graph
}

const limitOf = ({ cacheLimit }: WeightStrategyOptions): { readonly limit?: number } =>
  cacheLimit === undefined ? {} : { limit: cacheLimit }
