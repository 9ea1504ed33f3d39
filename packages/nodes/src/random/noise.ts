import type { Tensor } from '@patchbay/onnx/tensor'
import { batchSize, concatBatch, dot, sliceBatch, sum } from '../tensor/index.ts'
import { createBrownianPath, type BrownianPath } from './brownian.ts'
import { philoxNormal } from './philox.ts'
import { parseSeed, seedOfItem, type Seed } from './seed.ts'
import { createTorchBrownianPath, type SigmaSpan } from './torch-brownian.ts'
import { TorchCpuGenerator } from './torch-cpu.ts'

/**
 * Where noise comes from: Philox (the default), or PyTorch's CPU generator for pictures that people know by their
 * seed. With `torch-cpu-batch` one such generator draws a whole batch: no picture but the first has a seed of its own.
 */
export const noiseGenerators = ['philox', 'torch-cpu', 'torch-cpu-batch'] as const
export type NoiseGenerator = (typeof noiseGenerators)[number]

export interface NoiseSource {
  readonly seed: Seed
  /** [batch, …] */
  readonly shape: readonly number[]
  readonly generator?: NoiseGenerator
  /**
   * For `torch-cpu-batch`: which pictures of the batch that the seed draws these are, for pictures taken out of one.
   * Default the first ones, in order.
   */
  readonly places?: readonly number[] | undefined
}

/**
 * The noise that a stochastic sampler adds between steps. Pure: the same arguments give the same noise, in any order.
 */
export interface StepNoise {
  /** Standard normal, independent for each ordinal `draw` from 0 up. */
  independent(draw: number): Tensor
  /**
   * The normalised increment of one Brownian path between two sigmas; intervals that overlap are correlated. `span` is
   * that of the whole schedule, on which the path of `torch-cpu` depends.
   */
  brownian(sigma: number, sigmaNext: number, span?: SigmaSpan): Tensor
}

/** A way from the noise of one seed towards that of another. */
export interface NoiseVariation {
  readonly seed: Seed
  /** 0 is the noise of the first seed, 1 that of this one. */
  readonly strength: number
}

/**
 * Standard normal noise of `shape`. Item k of the batch equals the single item of seed + k, but with `torch-cpu-batch`
 * item k of what the seed draws. With a variation, every item begins at the noise of the seed, and item k goes towards
 * that of the variation's seed + k; with `torch-cpu-batch`, from item k of one towards item k of the other. Throws a
 * RangeError for places of another number than the batch.
 */
export function initialNoise(source: NoiseSource, variation?: NoiseVariation): Tensor {
  const { seed, shape, generator = 'philox', places } = source
  const isVaried = variation !== undefined && variation.strength > 0
  if (generator === 'torch-cpu-batch') {
    const own = batchNoise(new TorchCpuGenerator(seed), shape, places)
    if (!isVaried) return own
    const other = batchNoise(new TorchCpuGenerator(variation.seed), shape, places)
    const items = Array.from({ length: batchSize(own) }, (_, k) =>
      betweenDirections(sliceBatch(own, k, k + 1), sliceBatch(other, k, k + 1), variation.strength),
    )
    return concatBatch(items)
  }
  const draw = (itemSeed: bigint, itemShape: readonly number[]): Tensor =>
    generator === 'philox' ? philoxNormal(itemSeed, itemShape) : new TorchCpuGenerator(itemSeed).randn(itemShape)
  if (!isVaried) return perItem({ seed, shape }, draw)
  const first = parseSeed(seed)
  return perItem({ seed: variation.seed, shape }, (itemSeed, itemShape) =>
    betweenDirections(draw(first, itemShape), draw(itemSeed, itemShape), variation.strength),
  )
}

/** Spherical linear interpolation (Shoemake 1985, §3.3): what is between two noises is as strong as they are. */
function betweenDirections(a: Tensor, b: Tensor, amount: number): Tensor {
  const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)))
  const sine = Math.sin(angle)
  const [own, other] =
    sine < 1e-6 ? [1 - amount, amount] : [Math.sin((1 - amount) * angle) / sine, Math.sin(amount * angle) / sine]
  return sum([
    [own, a],
    [other, b],
  ])
}

/**
 * The noise of a sampler's steps; item k of the batch equals the single item of seed + k. With `torch-cpu`, independent
 * noise comes from a second generator seeded with seed + 1, one tensor a draw, the way k-diffusion's default on the CPU
 * is known, and Brownian noise from the path of torchsde. With `torch-cpu-batch` each draw is of the whole batch.
 */
export function createStepNoise({ seed, shape, generator = 'philox' }: NoiseSource): StepNoise {
  const first = parseSeed(seed)
  const isWhole = generator === 'torch-cpu-batch'
  const each = (draw: (itemSeed: bigint, itemShape: readonly number[]) => Tensor): Tensor =>
    isWhole ? draw(first, shape) : perItem({ seed: first, shape }, draw)
  const paths = new Map<string, BrownianPath>()
  const torch = new Map<bigint, { generator: TorchCpuGenerator; drawn: number }>()

  function torchDraw(itemSeed: bigint, itemShape: readonly number[], draw: number): Tensor {
    let sequence = torch.get(itemSeed)
    if (sequence === undefined || sequence.drawn > draw) {
      sequence = { generator: new TorchCpuGenerator(seedOfItem(itemSeed, 1)), drawn: 0 }
      torch.set(itemSeed, sequence)
    }
    while (sequence.drawn < draw) {
      sequence.generator.randn(itemShape)
      sequence.drawn++
    }
    sequence.drawn++
    return sequence.generator.randn(itemShape)
  }

  return {
    independent: (draw) =>
      each((itemSeed, itemShape) =>
        generator === 'philox' ? philoxNormal(itemSeed, itemShape, [draw, 1]) : torchDraw(itemSeed, itemShape, draw),
      ),
    brownian: (sigma, sigmaNext, span = { lowest: Math.min(sigma, sigmaNext), highest: Math.max(sigma, sigmaNext) }) =>
      each((itemSeed, itemShape) => {
        const isTorch = generator !== 'philox'
        const name = isTorch ? `${itemSeed} ${span.lowest} ${span.highest}` : String(itemSeed)
        const path =
          paths.get(name) ??
          (isTorch ? createTorchBrownianPath(itemSeed, itemShape, span) : createBrownianPath(itemSeed, itemShape))
        paths.set(name, path)
        return path.increment(sigma, sigmaNext)
      }),
  }
}

/** What a generator draws for a batch at once; or, for pictures of places in a batch, one picture after another. */
function batchNoise(generator: TorchCpuGenerator, shape: readonly number[], places?: readonly number[]): Tensor {
  if (!places) return generator.randn(shape)
  const [batch, ...inner] = shape
  if (places.length !== batch) {
    throw new RangeError(`Each picture of a batch has a place, but there are ${places.length} for ${batch} pictures`)
  }
  const drawn = Array.from({ length: Math.max(...places) + 1 }, () => generator.randn([1, ...inner]))
  return concatBatch(places.flatMap((place) => drawn[place] ?? []))
}

function perItem(
  { seed, shape }: Pick<NoiseSource, 'seed' | 'shape'>,
  draw: (itemSeed: bigint, itemShape: readonly number[]) => Tensor,
): Tensor {
  const [batch, ...inner] = shape
  if (batch === undefined || batch < 1) {
    throw new RangeError(`Noise needs a shape with a batch of at least 1, but got [${shape.join(', ')}]`)
  }
  const first = parseSeed(seed)
  return concatBatch(Array.from({ length: batch }, (_, k) => draw(seedOfItem(first, k), [1, ...inner])))
}
