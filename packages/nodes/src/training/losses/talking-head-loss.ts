import {
  Graph,
  initialParameters,
  meanAbsoluteError,
  ops,
  Scope,
  weightOf,
  createWeightSource,
  type Value,
  type Weight,
  type WeightSource,
} from '@patchbay/onnx'
import { float32, numberAt, type Tensor } from '@patchbay/onnx/tensor'
import { wav2lip, soundWindow, type Wav2LipConfig } from '../../architectures/wav2lip/wav2lip.ts'
import type { NamedTensors } from '../loop/training-state.ts'

export const talkingNetworks = ['small', 'quarter'] as const
type TalkingNetwork = (typeof talkingNetworks)[number]
const widthsOf = {
  small: { widths: [8, 8, 16, 16, 32], middle: 24 },
  quarter: { widths: [8, 16, 32, 64, 128], middle: 96 },
} as const satisfies Record<TalkingNetwork, Pick<Wav2LipConfig, 'widths' | 'middle'>>

/** Wav2Lip at a quarter of its width, or smaller; the sound of a frame begins two frames before it. */
export const talkingConfigOf = (network: TalkingNetwork, size: number): Wav2LipConfig => ({
  size,
  ...widthsOf[network],
  lead: 2,
})

/** Where a drawn face has its mouth, mirrored or not, in shares of the side: rows and columns. */
const mouth = { top: 0.6, bottom: 0.98, left: 0.16, right: 0.84 } as const

/**
 * The mean absolute difference of the face, twice that of its mouth, and twice that of where the mouth moves: pixels
 * count there by how far the target is from what the network sees of the face.
 * Inputs: `sound` and `face` as `wav2lip` has them, `target` [batch, 3, size, size]: blue, green, red, 0 to 1.
 */
export function talkingHeadLoss(config: Wav2LipConfig, batch: number): Value {
  const { size } = config
  const graph = new Graph()
  const sound = graph.input('sound', 'float32', [batch, 1, soundWindow.bands, soundWindow.columns])
  const face = graph.input('face', 'float32', [batch, 6, size, size])
  const target = graph.input('target', 'float32', [batch, 3, size, size])
  const made = wav2lip(new Scope(graph), config, sound, face)
  const [top, bottom, left, right] = [mouth.top, mouth.bottom, mouth.left, mouth.right].map((share) =>
    Math.floor(share * size),
  ) as [number, number, number, number]
  const mouthOf = (pictures: Value): Value => ops.slice(ops.slice(pictures, 2, top, bottom), 3, left, right)
  const moved = ops.min(ops.mul(ops.abs(ops.sub(target, ops.slice(face, 1, 3, 6))), 8), 1)
  const wrong = ops.mul(moved, ops.abs(ops.sub(made, target)))
  const whereMoved = ops.div(ops.reduceSum(wrong), ops.add(ops.reduceSum(moved), 1))
  const both = ops.add(meanAbsoluteError(mouthOf(made), mouthOf(target)), whereMoved)
  return ops.add(meanAbsoluteError(made, target), ops.mul(both, 2))
}

/**
 * The first values of the parameters: three channels carry the whole face from the first layer to the last, so that
 * only the mouth has to be learnt.
 */
export function firstTalkingHead(loss: Value, seed: number): NamedTensors {
  const initial = { ...initialParameters(loss.graph, seed) }
  const change = (name: string, edit: (data: Float32Array, shape: readonly number[]) => void): void => {
    const tensor = initial[name]
    if (!tensor) throw new Error(`A talking head has no parameter "${name}".`)
    const data = tensor.data.slice()
    edit(data, tensor.shape)
    initial[name] = float32(tensor.shape, data)
  }
  const carry = (name: string, from: (shape: readonly number[]) => number, middle: number, to = 1): void => {
    change(name, (data, shape) => {
      const [, inputs, kernel] = [numberAt(shape, 0), numberAt(shape, 1), numberAt(shape, 2)]
      const row = inputs * kernel * kernel
      for (let channel = 0; channel < 3; channel++) {
        data.fill(0, channel * row, (channel + 1) * row)
        data[channel * row + (from(shape) + channel) * kernel * kernel + middle] = to
      }
    })
  }
  carry('face_encoder_blocks.0.0.weight', () => 3, 24)
  const skipped = numberAt((initial['face_encoder_blocks.0.0.weight'] as Tensor).shape, 0)
  carry('output_block.0.weight', (shape) => numberAt(shape, 1) - skipped, 4)
  carry('output_block.1.weight', () => 0, 0, 5)
  change('output_block.1.bias', (data) => data.fill(-2.5))
  return initial
}

/** The parameters as the published files name them: with batch normalisations that change nothing. */
export function publishedTalkingHead(parameters: NamedTensors, title: string): WeightSource {
  const weights = Object.entries(parameters).flatMap(([name, tensor]): Weight[] => {
    const [, block = '', end = ''] = /^(.*)\.(weight|bias)$/.exec(name) ?? []
    if (block === 'output_block.1') return [weightOf(name, tensor)]
    const own = weightOf(`${block}.conv_block.0.${end}`, tensor)
    if (end === 'weight') return [own]
    const filled = (norm: string, value: number): Weight =>
      weightOf(`${block}.conv_block.1.${norm}`, float32(tensor.shape, new Float32Array(tensor.data.length).fill(value)))
    const unit = 1 - 1e-5
    return [own, filled('weight', 1), filled('bias', 0), filled('running_mean', 0), filled('running_var', unit)]
  })
  return createWeightSource(weights, { title })
}
