import {
  concatChannels,
  conv2d,
  featureMap,
  mapValues,
  ops,
  toChannelsFirst,
  toTokens,
  type FeatureMap,
  type Scope,
  type Value,
} from '@patchbay/onnx'
import { glowChannels, type GlowConfig } from './config.ts'

/** What of a step depends on whether the flow is run, trained or begun. */
export interface GlowParts {
  /** The square matrix that mixes the channels of a step towards the latents; for the way back its inverse. */
  readonly mixing: (scope: Scope, channels: number) => Value
  /** Shift and logarithm of the scale of a step's actnorm, each [channels]. */
  readonly norm: (scope: Scope, x: FeatureMap) => { readonly shift: Value; readonly logScale: Value }
}

/** Actnorm by the parameters of the flow. */
export const trainedNorm: GlowParts['norm'] = (scope, { channels }) => {
  const at = scope.at('norm')
  return { shift: at.parameter('shift', [channels]), logScale: at.parameter('log_scale', [channels]) }
}

export interface GlowLatents {
  /**
   * Standard normal where the picture is as those it was trained on: [batch, channels · 4^levels, height / 2^levels,
   * width / 2^levels], the coarsest level in the first channels.
   */
  readonly latents: Value
  /** log |det ∂latents/∂picture|, [batch]. */
  readonly logDeterminant: Value
}

/**
 * A picture to its latents through a Glow (Kingma and Dhariwal 2018): levels of steps, each of actnorm, a 1 × 1
 * convolution and an affine coupling; half of the channels leave after each level, as standard normal numbers by what
 * the other half says of their mean and deviation. The picture, [batch, channels, height, width] in -0.5 to 0.5, has
 * sides known while building; where its batch is known too, it may come as tokens, which is faster to train.
 */
export function encodeGlow(scope: Scope, config: GlowConfig, picture: FeatureMap, parts: GlowParts): GlowLatents {
  const determinants: Value[] = []
  const leaving: Value[] = []
  const { layout } = picture
  const inLayout = (value: Value): FeatureMap => (layout === 'tokens' ? toTokens(featureMap(value)) : featureMap(value))
  let x = picture
  for (let level = 0; level < config.levels; level++) {
    const here = scope.at('levels', level)
    x = inLayout(folded(toChannelsFirst(x)))
    for (let step = 0; step < config.steps; step++) {
      const stepped = encodeStep(here.at('steps', step), config, x, parts)
      x = stepped.x
      determinants.push(stepped.logDeterminant)
    }
    if (level === config.levels - 1) continue
    const [kept, out] = halvesOf(x)
    const { mean, logScale } = leavingPrior(here, kept)
    const latents = ops.mul(ops.sub(out.value, mean.value), ops.exp(ops.neg(logScale.value)))
    determinants.push(ops.neg(sumOfEach(logScale)))
    let onCoarsest = toChannelsFirst({ ...out, value: latents })
    for (let fold = level + 1; fold < config.levels; fold++) onCoarsest = folded(onCoarsest)
    leaving.unshift(onCoarsest)
    x = kept
  }
  const latents = ops.concat([toChannelsFirst(x), ...leaving], 1)
  return { latents, logDeterminant: determinants.reduce((sum, value) => ops.add(sum, value)) }
}

/** The way back: latents as `encodeGlow` gives them to the picture, [batch, channels, height, width] in -0.5 to 0.5. */
export function decodeGlow(scope: Scope, config: GlowConfig, latents: Value, parts: GlowParts): Value {
  const { levels } = config
  const whole = glowChannels(config).map((channels, level) => (level < levels - 1 ? channels / 2 : channels))
  const lengths = whole.map((channels, level) => channels * 4 ** (levels - 1 - level)).toReversed()
  const pieces = levels === 1 ? [latents] : ops.split(latents, lengths, 1)
  let x = featureMap(pieces[0] ?? latents)
  for (let level = levels - 1; level >= 0; level--) {
    const here = scope.at('levels', level)
    const piece = pieces[levels - 1 - level]
    if (level < levels - 1 && piece) {
      let own = piece
      for (let fold = level + 1; fold < levels; fold++) own = ops.depthToSpace(own, 2)
      const { mean, logScale } = leavingPrior(here, x)
      const out = ops.add(ops.mul(own, ops.exp(logScale.value)), mean.value)
      x = concatChannels(x, featureMap(out))
    }
    for (let step = config.steps - 1; step >= 0; step--) x = decodeStep(here.at('steps', step), config, x, parts)
    x = featureMap(ops.depthToSpace(x.value, 2))
  }
  return x.value
}

function encodeStep(
  scope: Scope,
  config: GlowConfig,
  start: FeatureMap,
  parts: GlowParts,
): { readonly x: FeatureMap; readonly logDeterminant: Value } {
  const { channels } = start
  const { shift, logScale } = parts.norm(scope, start)
  const normed = mapValues(start, (x) =>
    ops.mul(ops.sub(x, perChannel(start, shift)), ops.exp(ops.neg(perChannel(start, logScale)))),
  )
  const [kept, moved] = halvesOf(mixed(normed, parts.mixing(scope, channels)))
  const { shift: by, raw } = coupling(scope, config, kept)
  const scaled = mapValues(moved, (x) => ops.mul(ops.sub(x, by.value), ops.sigmoid(raw.value)))
  const mixingLog = scope.at('mix').parameter('log_diagonal', [channels])
  const all = ops.reduceSum(ops.sub(mixingLog, logScale), { axes: [0], keepDims: false })
  const logSigmoid = mapValues(raw, (x) => ops.neg(ops.softplus(ops.neg(x))))
  const places = Number(start.height) * Number(start.width)
  return { x: concatChannels(kept, scaled), logDeterminant: ops.add(sumOfEach(logSigmoid), ops.mul(all, places)) }
}

function decodeStep(scope: Scope, config: GlowConfig, end: FeatureMap, parts: GlowParts): FeatureMap {
  const [kept, scaled] = halvesOf(end)
  const { shift: by, raw } = coupling(scope, config, kept)
  const moved = mapValues(scaled, (z) => ops.add(ops.div(z, ops.sigmoid(raw.value)), by.value))
  const normed = mixed(concatChannels(kept, moved), parts.mixing(scope, end.channels))
  const { shift, logScale } = parts.norm(scope, end)
  return mapValues(normed, (x) => ops.add(ops.mul(x, ops.exp(perChannel(end, logScale))), perChannel(end, shift)))
}

/** Shift, and scale before its sigmoid, of the half that moves, by a network over the half that stays. */
function coupling(
  scope: Scope,
  { width }: GlowConfig,
  kept: FeatureMap,
): { readonly shift: FeatureMap; readonly raw: FeatureMap } {
  const at = (layer: number): Scope => scope.at('coupling', layer)
  const relu = (map: FeatureMap): FeatureMap => mapValues(map, ops.relu)
  const seen = relu(conv2d(at(0), kept, { out: width }))
  const thought = relu(conv2d(at(2), seen, { out: width, kernel: 1 }))
  const [shift, raw] = halvesOf(conv2d(at(4), thought, { out: 2 * kept.channels }))
  return { shift, raw: mapValues(raw, (x) => ops.add(x, 2)) }
}

/** What the half that stays says of the half that leaves. */
function leavingPrior(scope: Scope, kept: FeatureMap): { readonly mean: FeatureMap; readonly logScale: FeatureMap } {
  const [mean, logScale] = halvesOf(conv2d(scope.at('prior'), kept, { out: 2 * kept.channels }))
  return { mean, logScale }
}

/** Each 2 × 2 pixels of a channel as four channels of one, [n, c, h, w] → [n, 4c, h/2, w/2]. */
function folded(x: Value): Value {
  const [batch = 1, channels = 1, height = 2, width = 2] = x.shape
  const [c, h, w] = [Number(channels), Number(height) / 2, Number(width) / 2]
  const cut = ops.reshape(x, [batch, c, h, 2, w, 2])
  return ops.reshape(ops.transpose(cut, [0, 1, 3, 5, 2, 4]), [batch, 4 * c, h, w])
}

function halvesOf(map: FeatureMap): readonly [FeatureMap, FeatureMap] {
  const [first, second] = ops.chunk(map.value, 2, 1)
  if (!first || !second) throw new Error('chunk gives two values')
  const channels = map.channels / 2
  return [
    { ...map, value: first, channels },
    { ...map, value: second, channels },
  ]
}

/** Each place's channels times a square matrix. */
function mixed(map: FeatureMap, matrix: Value): FeatureMap {
  const { channels } = map
  if (map.layout === 'tokens') return mapValues(map, (x) => ops.matMul(x, ops.transpose(matrix, [1, 0])))
  return mapValues(map, (x) => ops.conv(x, ops.reshape(matrix, [channels, channels, 1, 1])))
}

/** [channels] so that it counts for each place of a map. */
const perChannel = (map: FeatureMap, vector: Value): Value =>
  map.layout === 'tokens' ? vector : ops.unsqueeze(vector, [1, 2])

/** The sum over all places and channels of each picture, [batch]. */
function sumOfEach(map: FeatureMap): Value {
  if (map.layout === 'channels-first') return ops.reduceSum(map.value, { axes: [1, 2, 3], keepDims: false })
  const rows = ops.reshape(map.value, [map.batch, -1])
  return ops.reduceSum(rows, { axes: [1], keepDims: false })
}
