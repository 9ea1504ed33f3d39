/**
 * `int8`: weights of 8 bits with one scale an output, activations quantised as they come, for products and
 * convolutions. `int4`: ONNX Runtime's MatMulNBits, for products alone: weights of 4 bits in blocks of 32 inputs with
 * one scale each, a quarter of fp16.
 */
export type QuantizedForm = 'int8' | 'int4'

/**
 * A weight `[out, in]`, or `[out, in, height, width]` of a convolution, that a graph reads in a quantised form: as a
 * matrix `[inputs, outputs]` whose inputs are the taps of the kernel, row by row, and within a tap the channels.
 */
export interface QuantizedMatrix {
  readonly name: string
  readonly form: QuantizedForm
  readonly outputs: number
  readonly inputs: number
  /** Places of the kernel: its height times its width; 1 for a product. */
  readonly taps: number
  /** Names of the parameters that take the place of the weight. */
  readonly values: string
  readonly scales: string
}

/** Inputs that share a scale in the int4 form. */
export const int4Block = 32
