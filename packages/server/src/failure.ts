import type { Issue } from '@patchbay/engine/workflow'
import type { ApiErrorBody } from './api/api-types.ts'
import { type FailureCode, failureStatus } from './api/failure-status.ts'

/**
 * A refusal that its asker can understand and act on. Anything else that is thrown is a fault of ours: 500, and only
 * the log says more.
 */
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

/** What the file system says of a name or of itself. None tells a path of this machine. */
function failureOfSystem(code: unknown): Failure | undefined {
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new Failure('storage-full', 'The disk of the server is full, so this cannot be kept.', {
        hint: 'Make room on it, or forget old jobs.',
      })
    case 'ENAMETOOLONG':
      return new Failure('forbidden-path', 'The name is longer than the disk of the server takes.')
    case 'ELOOP':
      return new Failure('forbidden-path', 'The name leads to itself through links.')
    case 'ENOTDIR':
    case 'EEXIST':
    case 'EISDIR':
    case 'ENOTEMPTY':
      return new Failure('conflict', 'A file of this name, or of a folder on the way to it, is in the way.', {
        hint: 'Choose another name.',
      })
    default:
      return undefined
  }
}

/** What a thrown thing means to the asker. */
export function failureOf(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown
  const bySystem = thrown instanceof Error && 'code' in thrown ? failureOfSystem(thrown.code) : undefined
  if (bySystem) return bySystem
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
