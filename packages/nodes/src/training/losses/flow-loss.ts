import { numberAt } from '@patchbay/onnx/tensor'
import {
  bindWeights,
  createSession,
  createWeightSource,
  featureMap,
  float32,
  Graph,
  initialParameters,
  ops,
  requireFloat32,
  Scope,
  toTokens,
  weightOf,
  type FeatureMap,
  type Feeds,
  type SessionOptions,
  type Tensor,
  type TrainerOptions,
  type Value,
} from '@patchbay/onnx'
import { glowChannels, type GlowConfig } from '../../architectures/glow/config.ts'
import { encodeGlow, trainedNorm, type GlowParts } from '../../architectures/glow/glow.ts'
import { rotationFactors, tensorsOfMixing } from '../../architectures/glow/mixing.ts'
import { philoxNormal, philoxUniform, type Seed } from '../../random/index.ts'
import { trainingStreams } from '../batches/batches.ts'
import type { NamedTensors } from '../loop/training-state.ts'

/**
 * What a Glow is trained by, as a graph: the exact negative log-likelihood of 8-bit pictures in bits for each dimension
 * (Kingma and Dhariwal 2018, eq. 2 to 4), averaged over the batch. Input: `picture` [batch, channels, side,
 * side] in -0.5 to 0.5, with noise of the width of a level.
 */
export function flowLoss(config: GlowConfig, batch: number): Value {
  const graph = new Graph()
  const { size, channels } = config
  const picture = toTokens(featureMap(graph.input('picture', 'float32', [batch, channels, size, size])))
  const parts = { norm: trainedNorm, mixing: mixingOfFactors }
  const { latents, logDeterminant } = encodeGlow(new Scope(graph), config, picture, parts)
  const dimensions = channels * size * size
  const squares = ops.reduceSum(ops.mul(latents, latents), { axes: [1, 2, 3], keepDims: false })
  const logDensity = ops.sub(logDeterminant, ops.mul(squares, 0.5))
  const nats = ops.neg(ops.reduceMean(logDensity, { keepDims: false }))
  const constant = 8 + (0.5 * Math.log(2 * Math.PI)) / Math.LN2
  return ops.add(ops.mul(nats, 1 / (dimensions * Math.LN2)), constant)
}

/** The matrix put together in the graph, so that its factors are trained. */
const mixingOfFactors: GlowParts['mixing'] = (scope, channels) => {
  const { graph } = scope
  const square = (name: string): Value => scope.at('mix').parameter(name, [channels, channels])
  const eye = graph.sharedConstant(`eye.${channels}`, () =>
    float32(
      [channels, channels],
      Array.from({ length: channels ** 2 }, (_, at) => (at % (channels + 1) === 0 ? 1 : 0)),
    ),
  )
  const scales = ops.mul(
    scope.parameter('mix_sign', [channels]),
    ops.exp(scope.at('mix').parameter('log_diagonal', [channels])),
  )
  const lower = ops.add(ops.trilu(square('lower'), { upper: false, diagonal: -1 }), eye)
  const upper = ops.add(ops.trilu(square('upper'), { diagonal: 1 }), ops.mul(eye, scales))
  return ops.matMul(scope.parameter('mix_permutation', [channels, channels]), ops.matMul(lower, upper))
}

const isFixed = (name: string): boolean => /\.mix_(sign|permutation)$/.test(name)

/** What of a flow is trained, and where the signs and permutations come from that are not. */
export function flowBinding(start: NamedTensors): Pick<TrainerOptions, 'trainable' | 'bind'> {
  const fixed = Object.entries(start).filter(([name]) => isFixed(name))
  const source = createWeightSource(fixed.map(([name, tensor]) => weightOf(name, tensor)))
  return { trainable: (name) => !isFixed(name), bind: bindWeights(source) }
}

/** The tensors of a trained flow, with what was not trained. */
export const wholeFlow = (start: NamedTensors, trained: NamedTensors): NamedTensors => ({
  ...Object.fromEntries(Object.entries(start).filter(([name]) => isFixed(name))),
  ...trained,
})

/** What `flowLoss` is fed in one step: pictures in -1 to 1 as levels of 8 bits, with noise of the step's own. */
export function flowFeeds(
  { channels, size }: GlowConfig,
  pictures: ArrayLike<number>,
  { seed, step }: { readonly seed: Seed; readonly step: number },
): Feeds {
  const shape = [pictures.length / (channels * size * size), channels, size, size]
  const noise = philoxUniform(seed, shape, [step, trainingStreams.dequantisation]).data
  const values = noise.map((u, i) => (Math.round((numberAt(pictures, i) + 1) * 127.5) + u) / 256 - 0.5)
  return { picture: float32(shape, values) }
}

/**
 * What a flow begins with: rotations by lot, couplings that do nothing but scale, and actnorms that bring each
 * channel of the first batch to mean 0 and deviation 1 (Kingma and Dhariwal 2018, section 3.1). `feeds` are
 * those of one step.
 */
export async function flowStart(
  config: GlowConfig,
  feeds: Feeds,
  seed: number,
  options: SessionOptions = {},
): Promise<NamedTensors> {
  const picture = requireFloat32(feeds['picture'], 'The first batch')
  const graph = new Graph()
  const begin = graph.input('picture', 'float32', picture.shape)
  const found = new Map<string, Value>()
  const norm: GlowParts['norm'] = (scope, x) => {
    const { shift, logScale } = statisticsOf(x)
    found.set(`${scope.prefix}.norm.shift`, shift)
    found.set(`${scope.prefix}.norm.log_scale`, logScale)
    return { shift, logScale }
  }
  encodeGlow(new Scope(graph), config, featureMap(begin), { norm, mixing: mixingOfFactors })
  for (const [name, value] of found) graph.output(name, value)
  const first = { ...initialParameters(graph, seed), ...zeroEnds(graph), ...rotations(config, seed) }
  const source = createWeightSource(Object.entries(first).map(([name, tensor]) => weightOf(name, tensor)))
  const session = await createSession(graph, bindWeights(source), options)
  try {
    const results = await session.run({ picture })
    const norms = [...found.keys()].map((name) => [name, requireFloat32(results[name], name)] as const)
    return { ...first, ...Object.fromEntries(norms) }
  } finally {
    await session.dispose()
  }
}

/** The mean and the logarithm of the deviation of each channel. */
function statisticsOf({ value }: FeatureMap): { readonly shift: Value; readonly logScale: Value } {
  const axes = [0, 2, 3]
  const mean = ops.reduceMean(value, { axes, keepDims: true })
  const distance = ops.sub(value, mean)
  const variance = ops.reduceMean(ops.mul(distance, distance), { axes, keepDims: false })
  return { shift: ops.squeeze(mean, axes), logScale: ops.mul(ops.log(ops.add(variance, 1e-12)), 0.5) }
}

/** Zeros for what the couplings end with, and for what the halves that stay say of those that leave. */
function zeroEnds(graph: Graph): Record<string, Tensor> {
  const ends = graph.parameters.filter(({ name }) => /\.(coupling\.4|prior)\.(weight|bias)$/.test(name))
  return Object.fromEntries(
    ends.map(({ name, shape }) => {
      const sizes = shape.map(Number)
      return [name, float32(sizes, new Float32Array(sizes.reduce((product, size) => product * size, 1)))]
    }),
  )
}

function rotations(config: GlowConfig, seed: number): Record<string, Tensor> {
  const all: Record<string, Tensor> = {}
  for (const [level, channels] of glowChannels(config).entries()) {
    for (let step = 0; step < config.steps; step++) {
      const { data } = philoxNormal(
        seed,
        [channels, channels],
        [trainingStreams.rotations, level * config.steps + step],
      )
      Object.assign(all, tensorsOfMixing(rotationFactors(channels, data), `levels.${level}.steps.${step}`))
    }
  }
  return all
}
