import type { JsonValue } from '@patchbay/engine/workflow'
import type { AppliedLora } from '../request/networks.ts'
import type { Sampling } from '../request/samplers.ts'

/** What one request becomes: everything decided, files found, nothing read of the request any more. */
export interface PicturePlan {
  readonly name: string
  readonly models: ModelChoice
  readonly prompt: PlannedPrompt
  readonly count: number
  readonly seed: JsonValue
  readonly variation?: { readonly seed: number; readonly strength: number }
  readonly sampling: Sampling
  readonly steps: number
  readonly guidanceScale: number
  readonly eta?: number
  readonly start: EmptyStart | PictureStart
  readonly second?: SecondPass
  readonly refiner?: { readonly checkpoint: string; readonly afterStep: number }
  readonly saving: Saving
}

export interface ModelChoice {
  readonly checkpoint?: string
  readonly vae?: string
  readonly clipSkip?: number
}
export interface PlannedPrompt {
  readonly text: string
  readonly negative: string
  readonly loras: readonly AppliedLora[]
}
export interface EmptyStart {
  readonly from: 'nothing'
  readonly width: number
  readonly height: number
}
/** Files are those of the input folder. */
export interface PictureStart {
  readonly from: 'pictures'
  /** What is encoded: one for all, or one for each. */
  readonly files: readonly string[]
  /** Resized as latents, where the pictures are of another size. */
  readonly latentSize?: { readonly width: number; readonly height: number }
  /** The length of the whole schedule, and how many of its steps are left out. */
  readonly schedule: { readonly steps: number; readonly skipped: number }
  readonly masked?: MaskedStart
}
export interface MaskedStart {
  /** Where the latents change. */
  readonly mask: string
  /** What the latents hold there at first. */
  readonly holds: 'picture' | 'noise' | 'nothing'
  readonly paste: {
    /** What the result is laid onto: one for all, or one for each. */
    readonly files: readonly string[]
    readonly mask: string
    readonly x: number
    readonly y: number
    readonly width: number
    readonly height: number
  }
}

/** AUTOMATIC1111's "hires. fix": enlarged, then changed again. */
export interface SecondPass {
  /** Enlarged to this size, which is cut to `width` and `height`. */
  readonly enlarged: { readonly width: number; readonly height: number }
  readonly width: number
  readonly height: number
  readonly by:
    | { readonly way: 'latents'; readonly method: 'bilinear' | 'bicubic' | 'nearest' }
    | { readonly way: 'picture'; readonly method: 'lanczos' | 'nearest'; readonly upscaler?: string }
  readonly models: ModelChoice
  readonly prompt: PlannedPrompt
  readonly sampling: Sampling
  readonly schedule: { readonly steps: number; readonly skipped: number }
}

export interface Saving {
  /** The text beside each picture, in order. */
  readonly parameters: readonly string[]
  readonly format?: 'png' | 'jpeg' | 'webp'
  readonly temporary?: boolean
}
