import type { WeightSource } from '@patchbay/onnx'
import type { Precision } from './precision.ts'

/** Weights with the config of their architecture. Nothing is loaded yet. */
export interface ModelPart<Config> {
  readonly config: Config
  readonly weights: WeightSource
  /** Of an ONNX pipeline: the files that are run as they are, in place of an architecture with these weights. */
  readonly exported?: ExportedGraphs
  /** Default `exact`. */
  readonly precision?: Precision
}

/** Paths of ONNX graphs. A denoiser or a text encoder has one; an autoencoder has two, by what they do. */
export interface ExportedGraphs {
  readonly network?: string
  readonly encoder?: string
  readonly decoder?: string
}
