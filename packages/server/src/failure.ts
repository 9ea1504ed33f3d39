import type { ApiErrorBody, Issue } from '@patchbay/engine/workflow'

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
  'storage-full': 507,
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

/** The one shape of refusals in the native API. */
export function errorBody(failure: Failure, requestId?: string): ApiErrorBody {
  return {
    error: {
      code: failure.code,
      message: failure.message,
      ...(failure.hint === undefined ? {} : { hint: failure.hint }),
      ...(failure.issues === undefined ? {} : { issues: failure.issues }),
      ...(requestId === undefined ? {} : { requestId }),
    },
  }
}

const tooLargeHint = 'Send pictures and weights as uploads (POST /api/v1/uploads) and name them in the document.'

/** What a thrown thing means to the asker. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown
  const { status, type } = thrown instanceof Error ? (thrown as Error & { status?: unknown; type?: unknown }) : {}
  if (type === 'entity.too.large')
    return new Failure('too-large', 'The body is larger than this server reads.', { hint: tooLargeHint })
  if (status === 400 || thrown instanceof URIError) return new Failure('invalid-request', 'The request cannot be read.')
  if (status === 404) return new Failure('not-found', 'There is no such file.')
  if (status === 413)
    return new Failure('too-large', 'The request is larger than this server reads.', { hint: tooLargeHint })
  if (status === 415)
    return new Failure('wrong-content-type', 'The body is encoded in a way this server does not read.')
  if (status === 416) return new Failure('not-satisfiable', 'The file has no such range.')
  return new Failure('internal', 'Something went wrong in the server.', {
    hint: 'The server log has the details under this request id.',
  })
}
