import {
  featureMap,
  float32,
  Graph,
  ops,
  toChannelsFirst,
  toTokens,
  type Feeds,
  type Scope,
  type Value,
} from '@patchbay/onnx'
import { numberAt } from '@patchbay/onnx/tensor'
import { decodeLatents } from '../../architectures/autoencoder-kl/autoencoder-kl.ts'
import type { AutoencoderKLConfig } from '../../architectures/autoencoder-kl/config.ts'
import { unscaledLatents } from '../../architectures/autoencoder-kl/scaled-latents.ts'
import type { DenoiserInputs, DenoiserNetwork } from '../../architectures/kinds/denoiser.ts'
import { philoxNormal, philoxUniform, type Seed } from '../../random/index.ts'
import type { AddedCritic } from './autoencoder-loss.ts'
import { trainingScope, type TrainedPrediction, type TrainingProcess } from './denoising-loss.ts'
import { FrozenScope, stopGradient } from './frozen.ts'

/** What the names of the decoder's parameters begin with; they are not trained. */
export const turboDecoderPlace = 'vae'

export interface TurboLossParts {
  readonly network: DenoiserNetwork
  readonly prediction: TrainedPrediction
  /** The decoder, for a critic that sees pictures; its pictures are `pictureSide` wide. */
  readonly decoder: { readonly config: AutoencoderKLConfig; readonly pictureSide: number }
  readonly critic?: AddedCritic | undefined
  /** Of the teacher, by classifier-free guidance. */
  readonly guidanceScale: number
  readonly distillation: number
  /** Where the student gets its parameters: the teacher's with what is learnt. */
  readonly studentScope: (graph: Graph) => Scope
}

/**
 * Adversarial diffusion distillation (Sauer et al. 2023, section 3.1): the student denoises noisy latents in one step;
 * the teacher, which is the network untrained, denoises what that gave from another level of noise with guidance, and
 * so says where it should have gone; a critic sees the decoded picture.
 * Inputs beside the denoiser's own (`timestep`, `text`, `pooled`, `sizes`): `latents`, `noise`, `teacherNoise` [batch,
 * channels, side, side]; `signal`, `noiseLevel`, `teacherSignal`, `teacherLevel`, `teacherTimestep` [batch];
 * `emptyText` and `emptyPooled` as `text` and `pooled`; with a critic `real` [batch, 3, pictureSide, pictureSide] in -1
 * to 1.
 */
export function turboLoss(
  { network, prediction, decoder, critic, guidanceScale, distillation, studentScope }: TurboLossParts,
  { batch, side, tokens }: { readonly batch: number; readonly side: number; readonly tokens: number },
): Value {
  const graph = new Graph()
  const map = (name: string): Value => graph.input(name, 'float32', [batch, network.inputChannels, side, side])
  const level = (name: string): Value => ops.reshape(graph.input(name, 'float32', [batch]), [batch, 1, 1, 1])
  const mixed = (clean: Value, noise: Value, [signal, amount]: readonly [Value, Value]): Value =>
    ops.add(ops.mul(clean, signal), ops.mul(noise, amount))
  const levels = [level('signal'), level('noiseLevel')] as const
  const noisy = mixed(map('latents'), map('noise'), levels)
  const own = { sample: toTokens(featureMap(noisy)), guidance: undefined }
  const inputs = network.inputs(graph, { batch, height: side, width: side, tokens }, own)
  const predicted = toChannelsFirst(network.predict(studentScope(graph), inputs))
  const clean = cleanOf(prediction, noisy, predicted, levels)

  const teacherLevels = [level('teacherSignal'), level('teacherLevel')] as const
  const again = mixed(stopGradient(clean), map('teacherNoise'), teacherLevels)
  const told = guidedPrediction(network, again, inputs, guidanceScale)
  const wanted = stopGradient(cleanOf(prediction, again, told, teacherLevels))
  const error = ops.sub(clean, wanted)
  // What the teacher says of much noise is vague, and counts by how much signal is left.
  const distance = ops.reduceMean(ops.mul(ops.mul(error, error), teacherLevels[0]), { keepDims: false })
  const loss = ops.mul(distance, distillation)
  if (!critic) return loss
  const { config, pictureSide } = decoder
  const frozen = new FrozenScope(graph, { attention: 'plain' }, turboDecoderPlace)
  const picture = toChannelsFirst(
    decodeLatents(frozen, config, unscaledLatents(frozen, config, toTokens(featureMap(clean)))),
  )
  const real = graph.input('real', 'float32', [batch, 3, pictureSide, pictureSide])
  return critic.addTo(loss, trainingScope(graph), { real: featureMap(real), made: featureMap(picture) })
}

/** The clean latents that a prediction means (Salimans and Ho 2022, appendix D; Lipman et al. 2023, eq. 23). */
function cleanOf(
  prediction: TrainedPrediction,
  noisy: Value,
  predicted: Value,
  [signal, level]: readonly [Value, Value],
): Value {
  switch (prediction) {
    case 'epsilon':
      return ops.div(ops.sub(noisy, ops.mul(predicted, level)), signal)
    case 'v':
      return ops.sub(ops.mul(noisy, signal), ops.mul(predicted, level))
    case 'flow':
      return ops.sub(noisy, ops.mul(predicted, level))
  }
}

/** The network untrained, with classifier-free guidance (Ho and Salimans 2022, eq. 6): both texts in one batch. */
function guidedPrediction(
  network: DenoiserNetwork,
  noisy: Value,
  { timestep, text, pooled, sizes }: DenoiserInputs,
  scale: number,
): Value {
  const { graph } = noisy
  const input = (name: string, like: Value): Value => graph.input(name, 'float32', like.shape)
  const twice = (value: Value): Value => ops.concat([value, value], 0)
  const both = network.predict(new FrozenScope(graph, { attention: 'plain' }), {
    sample: toTokens(featureMap(twice(noisy))),
    timestep: twice(input('teacherTimestep', timestep)),
    text: ops.concat([text, input('emptyText', text)], 0),
    ...(pooled && { pooled: ops.concat([pooled, input('emptyPooled', pooled)], 0) }),
    ...(sizes && { sizes: twice(sizes) }),
  })
  const [guided, plain] = ops.chunk(toChannelsFirst(both), 2, 0)
  if (!guided || !plain) throw new TypeError('chunk gives two values')
  return ops.add(plain, ops.mul(ops.sub(guided, plain), scale))
}

/** The training timesteps that a student of so many steps is asked from, the noisiest first. */
export function turboTimesteps(timesteps: number, steps: number): readonly number[] {
  return Array.from({ length: steps }, (_, step) => Math.round(timesteps * (1 - step / steps)) - 1)
}

/** Streams of a seed that no other part of a training step draws from. */
const streams = { studentTimesteps: 41, teacherTimesteps: 42, teacherNoise: 43 } as const

/**
 * What `turboLoss` is fed in place of and beside what `denoisingFeeds` gives. From the noisiest timestep a picture
 * begins as noise alone, as it does when it is sampled.
 */
export function turboFeeds(
  own: Feeds,
  {
    process,
    steps,
    seed,
    step,
  }: { readonly process: TrainingProcess; readonly steps: number; readonly seed: Seed; readonly step: number },
): Feeds {
  const latents = own['latents']
  if (latents?.dtype !== 'float32') throw new TypeError('A denoising batch has latents')
  const [batch = 0] = latents.shape
  const length = latents.data.length / batch
  const asked = turboTimesteps(process.timesteps, steps)
  const draw = (stream: number, count: number): Float32Array => philoxUniform(seed, [count], [step, stream]).data
  // Spread over the batch, so that each timestep has its share of every step, and turned against the teacher's.
  const [turn = 0, shift = 0] = draw(streams.studentTimesteps, 2).map((u, i) => (i === 0 ? Math.floor(u * batch) : u))
  const students = Array.from({ length: batch }, (_, k) => Math.floor(((((k + turn) % batch) + shift) / batch) * steps))
  const teachers = Array.from(draw(streams.teacherTimesteps, batch), (u, k) =>
    Math.min(process.timesteps - 1, Math.floor(((k + u) / batch) * process.timesteps)),
  )
  const begun = latents.data.slice()
  for (const [k, place] of students.entries()) if (place === 0) begun.fill(0, k * length, (k + 1) * length)
  const vector = (values: readonly number[]) => float32([batch], Float32Array.from(values))
  const levels = (at: readonly number[]) => at.map((timestep) => levelOf(process, timestep))
  const [student, teacher] = [levels(students.map((place) => numberAt(asked, place))), levels(teachers)]
  const { weight: _, ...rest } = own
  return {
    ...rest,
    latents: float32(latents.shape, begun),
    signal: vector(student.map(({ signal }) => signal)),
    noiseLevel: vector(student.map(({ noise }) => noise)),
    timestep: vector(student.map(({ timestep }) => timestep)),
    teacherSignal: vector(teacher.map(({ signal }) => signal)),
    teacherLevel: vector(teacher.map(({ noise }) => noise)),
    teacherTimestep: vector(teacher.map(({ timestep }) => timestep)),
    teacherNoise: philoxNormal(seed, latents.shape, [step, streams.teacherNoise]),
  }
}

/** @param timestep of the process, from 0, the least noisy */
function levelOf({ prediction, timesteps, alphasCumprod }: TrainingProcess, timestep: number) {
  if (prediction === 'flow') {
    const noise = (timestep + 1) / timesteps
    return { signal: 1 - noise, noise, timestep: noise * timesteps }
  }
  const alpha = numberAt(alphasCumprod, timestep)
  return { signal: Math.sqrt(alpha), noise: Math.sqrt(1 - alpha), timestep }
}
