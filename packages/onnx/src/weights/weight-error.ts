export type WeightErrorCode =
  /** The file cannot be opened or read. */
  | 'unreadable'
  /** The file ends before what its header promises. */
  | 'truncated'
  /** The header contradicts itself or the format. */
  | 'malformed'
  /** Well formed, but of a kind that is not read here. */
  | 'unsupported'
  /** Refused for safety: it asks for more than tensors, or for files outside its folder. */
  | 'refused'
  /** A weight of that name is not there. */
  | 'missing'

const longest = 1000

/** Messages quote names from files that may be hostile: those must neither fill a log nor steer a terminal. */
function printable(message: string): string {
  const short = message.length > longest ? `${message.slice(0, longest)}…` : message
  return short.replace(/\p{Cc}/gu, '\u{FFFD}')
}

/** A weight file that cannot be used: the message names the file, what was expected and what was found. */
export class WeightError extends Error {
  override readonly name = 'WeightError'
  readonly code: WeightErrorCode
  constructor(code: WeightErrorCode, message: string, options?: ErrorOptions) {
    super(printable(message), options)
    this.code = code
  }
}
