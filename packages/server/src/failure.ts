import type { Issue } from '@patchbay/engine/workflow'

/** Codes of refusals and their HTTP status: the one table. */
export const failureStatus = {
  'invalid-request': 400,
  'invalid-workflow': 400,
  'not-json': 400,
  unauthorized: 401,
  'forbidden-origin': 403,
  'forbidden-host': 403,
  'forbidden-path': 403,
  'forbidden-role': 403,
  'forbidden-address': 403,
  'not-found': 404,
  'method-not-allowed': 405,
  conflict: 409,
  'key-reused': 409,
  'too-large': 413,
  'wrong-content-type': 415,
  'wrong-file-type': 415,
  'not-satisfiable': 416,
  'queue-full': 429,
  'too-many-requests': 429,
  internal: 500,
  unavailable: 503,
} as const
export type FailureCode = keyof typeof failureStatus

/** A refusal that its asker can understand and act on. Anything else that is thrown is a fault of ours: 500, and only the log says more. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: FailureCode
  readonly hint: string | undefined
  readonly issues: readonly Issue[] | undefined
  /** Seconds. */
  readonly retryAfter: number | undefined

  constructor(
    code: FailureCode,
    message: string,
    details: { hint?: string; issues?: readonly Issue[]; retryAfter?: number } = {},
  ) {
    super(message)
    this.code = code
    this.hint = details.hint
    this.issues = details.issues
    this.retryAfter = details.retryAfter
  }
  get status(): number {
    return failureStatus[this.code]
  }
}

export const notFound = (what: string, id: string): Failure =>
  new Failure('not-found', `There is no ${what} "${id.slice(0, 200)}".`)
