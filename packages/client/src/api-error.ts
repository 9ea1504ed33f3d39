import type { ApiErrorBody } from './generated/api.ts'

type Refusal = ApiErrorBody['error']

/**
 * A code of the server's table of refusals; or what the client itself notices: `unreachable`, when nobody answers, and
 * `unexpected-answer`, when what answers is not this API (a proxy, another program).
 */
export type ApiErrorCode = Refusal['code'] | 'unreachable' | 'unexpected-answer'

/**
 * A refusal: `code` for programs, `message` and `hint` for people. Every call of the client throws this and no other
 * error.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** The HTTP status; 0 when the server could not be reached. */
  readonly status: number
  readonly code: ApiErrorCode
  readonly hint: string | undefined
  /** What is wrong with the workflow, where that is the reason. */
  readonly issues: NonNullable<Refusal['issues']>
  /** Names the request in the server's log. */
  readonly requestId: string | undefined
  /** Seconds to wait before trying again, where the server says so. */
  readonly retryAfter: number | undefined

  constructor(status: number, error: Omit<Refusal, 'code'> & { readonly code: ApiErrorCode }, retryAfter?: number) {
    super(error.message)
    this.status = status
    this.code = error.code
    this.hint = error.hint
    this.issues = error.issues ?? []
    this.requestId = error.requestId
    this.retryAfter = retryAfter
  }
}

/** The error of a request that nobody answered. */
export function unreachable(server: string, cause: unknown): ApiError {
  const error = new ApiError(0, {
    code: 'unreachable',
    message: `No answer from ${server || 'the server'}.`,
    hint: 'Is the server running? Start it with `patchbay serve`.',
  })
  error.cause = cause
  return error
}

/** The error of an answer of 400 and above. */
export async function refusalOf(response: Response): Promise<ApiError> {
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
  const wait = Number.isFinite(retryAfter) ? retryAfter : undefined
  const body: unknown = await response.json().catch(() => null)
  if (isErrorBody(body)) return new ApiError(response.status, body.error, wait)
  const message = `The server answered ${response.status} ${response.statusText}.`
  return new ApiError(response.status, { code: 'unexpected-answer', message }, wait)
}

function isErrorBody(value: unknown): value is ApiErrorBody {
  if (typeof value !== 'object' || value === null || !('error' in value)) return false
  const { error } = value
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error
}
