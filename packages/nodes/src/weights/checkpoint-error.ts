/** A file or folder that is not what it was taken for: the message says what it looks like and what was expected. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError'
}
