import { CheckpointError } from '../weights/checkpoint-error.ts'
import type { TextEncoderPart } from '../architectures/text-encoder-part.ts'
import { mixedWeights } from '../weights/merge-weights.ts'
import type { TextEncoderModel } from '../values/text-encoder.ts'

/**
 * Text encoders between two of one family, (1 − share) of the first and share of the second, encoder by encoder;
 * LoRAs of both count so too.
 * @throws CheckpointError where they are of two families, or run as graphs that were exported
 */
export function mergedTextEncoders(a: TextEncoderModel, b: TextEncoderModel, share: number): TextEncoderModel {
  const kindsOf = ({ encoders }: TextEncoderModel): string => encoders.map(({ kind }) => kind).join(' and ')
  if (kindsOf(a) !== kindsOf(b)) {
    throw new CheckpointError(
      `Only text encoders of one family can be merged: one is ${kindsOf(a)} (${a.family}), the other ${kindsOf(b)} (${b.family}).`,
    )
  }
  if ([...a.encoders, ...b.encoders].some((encoder) => 'exported' in encoder)) {
    throw new CheckpointError(
      'The text encoder of an ONNX pipeline runs as it was exported and cannot be merged: load the checkpoint that it was exported from.',
    )
  }
  const merged = (encoder: TextEncoderPart, index: number): TextEncoderPart => {
    const other = b.encoders[index]
    return other ? { ...encoder, weights: mixedWeights(encoder.weights, other.weights, () => share) } : encoder
  }
  const scaled = ({ updates }: TextEncoderModel, amount: number) =>
    updates.map(({ update, strength }) => ({ update, strength: strength * amount }))
  return {
    ...a,
    key: `merge(${a.key}, ${b.key}, ${share})`,
    encoders: a.encoders.map(merged),
    updates: [...scaled(a, 1 - share), ...scaled(b, share)],
  }
}
