/** A file that is no LoRA, or whose factors do not fit together. */
export class LoraError extends Error {
  override readonly name = 'LoraError'
}
