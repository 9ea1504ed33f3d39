export type RuntimeErrorCode = 'load-failed' | 'run-failed' | 'wrong-feed' | 'disposed' | 'no-provider' | 'process-died'

/** What ONNX Runtime refused or failed to do, in words that name the model's side of it. */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError'
  readonly code: RuntimeErrorCode

  constructor(code: RuntimeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
