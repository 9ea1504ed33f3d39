import type { WeightSource } from '@patchbay/onnx'
import type { TextEncoderPart } from '../architectures/text-encoder-part.ts'
import type { AppliedUpdate } from '../weights/lora/lora-binding.ts'
import type { ModelFamily } from '../families/model-family.ts'

/** The text encoders of a checkpoint, to be used together. Nothing is loaded until it is run. */
export interface TextEncoderModel {
  readonly family: ModelFamily
  /** Names the weights and all that was changed about them. */
  readonly key: string
  /** In the order in which their embeddings are joined. */
  readonly encoders: readonly TextEncoderPart[]
  readonly updates: readonly AppliedUpdate[]
  /** Embeddings that came in the files of LoRAs, by the names that prompts give them. */
  readonly bundled?: ReadonlyMap<string, WeightSource>
  /** Layers left off the end; replaces what each encoder's family does. 1 is the last layer. */
  readonly layerFromEnd?: number
}
