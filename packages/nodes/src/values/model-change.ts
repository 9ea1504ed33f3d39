import type { Tensor } from '@patchbay/onnx/tensor'
import type { IPAdapterModel, ImagePromptUse } from '../networks/ip-adapter.ts'
import type { MaskTensor } from '../image/image.ts'

/** What each is called where a person is told of it. */
export const modelChangeNames: { readonly [Type in ModelChange['type']]: string } = {
  'image-prompt': 'the picture of an IP-Adapter',
  'aligned-style': 'the style that a batch shares',
  'reweighted-skips': 'FreeU',
}

/** Something that sampling changes inside a model's network. */
export type ModelChange = PicturePrompt | AlignedStyle | ReweightedSkips

/** A picture that a model is shown beside the text (Ye et al. 2023, IP-Adapter). */
export interface PicturePrompt {
  readonly type: 'image-prompt'
  readonly adapter: IPAdapterModel
  readonly use: ImagePromptUse
  /** [1, tokens, width], for the positive and for the negative estimate. */
  readonly positive: Tensor
  readonly negative: Tensor
  /** 0 is as without. */
  readonly strength: number
  /** The share of sampling in which it counts. */
  readonly during: readonly [start: number, end: number]
  /** Where in the picture it counts; everywhere when it is missing. */
  readonly mask?: MaskTensor
}

/** All pictures of a batch in the style of the first (Hertz et al. 2023, StyleAligned). */
export interface AlignedStyle {
  readonly type: 'aligned-style'
  /** From 0, as without, to 1. */
  readonly strength: number
}

/** The decoder's features raised and the coarsest waves of skip connections lowered (Si et al. 2023, FreeU). */
export interface ReweightedSkips {
  readonly type: 'reweighted-skips'
  /** Of maps with four times, and with twice, the first channels. 1 is as without. */
  readonly backbone: readonly [number, number]
  readonly skip: readonly [number, number]
  readonly isAdaptive: boolean
}
