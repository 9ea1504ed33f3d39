import { type ApiErrorBody, apiPrefix } from '@patchbay/engine/workflow'

export type Query = { readonly [name: string]: string | number | boolean | undefined }
export interface RequestOptions {
  readonly query?: Query
  /** Sent as JSON. */
  readonly json?: unknown
  /** Sent as it is. */
  readonly body?: FormData | Blob
  readonly headers?: { readonly [name: string]: string }
  readonly signal?: AbortSignal
}

/** A refusal by the server: `code` for programs, `message` and `hint` for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** The HTTP status; 0 when the server could not be reached. */
  readonly status: number
  readonly code: string
  readonly hint: string | undefined
  readonly issues: NonNullable<ApiErrorBody['error']['issues']>
  /** Seconds to wait before trying again, where the server says so. */
  readonly retryAfter: number | undefined

  constructor(status: number, error: ApiErrorBody['error'], retryAfter?: number) {
    super(error.message)
    this.status = status
    this.code = error.code
    this.hint = error.hint
    this.issues = error.issues ?? []
    this.retryAfter = retryAfter
  }
}

export interface Http {
  /** The answer's JSON, or undefined for 204. Throws `ApiError`. */
  json<T>(method: string, path: string, options?: RequestOptions): Promise<T>
  /** The raw answer; still throws `ApiError` on 400 and above. */
  raw(method: string, path: string, options?: RequestOptions): Promise<Response>
  /** The full address of an API path, with its query. */
  url(path: string, query?: Query): string
}

/** `baseUrl` is the server's origin, e.g. `http://127.0.0.1:8188`; empty means the page's own. */
export function createHttp(baseUrl: string, token: string | undefined, send: typeof fetch): Http {
  const url = (path: string, query: Query = {}): string => {
    const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
    const search = new URLSearchParams(Object.fromEntries(given)).toString()
    return `${baseUrl}${path.startsWith('/api/') ? '' : apiPrefix}${path}${search ? `?${search}` : ''}`
  }

  const raw: Http['raw'] = async (method, path, options = {}) => {
    const headers: Record<string, string> = { ...options.headers }
    if (token) headers['authorization'] = `Bearer ${token}`
    if (options.json !== undefined) headers['content-type'] = 'application/json'
    const body = options.json === undefined ? options.body : JSON.stringify(options.json)
    let response: Response
    try {
      response = await send(url(path, options.query), {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
        ...(options.signal ? { signal: options.signal } : {}),
      })
    } catch (cause) {
      if (options.signal?.aborted) throw cause
      throw unreachable(baseUrl, cause)
    }
    if (response.status >= 400) throw await refusal(response)
    return response
  }

  return {
    raw,
    url,
    async json<T>(method: string, path: string, options?: RequestOptions): Promise<T> {
      const response = await raw(method, path, options)
      // 204 has no body; every other success of the API is JSON of the route's declared type.
      return (response.status === 204 ? undefined : await response.json()) as T
    },
  }
}

function unreachable(baseUrl: string, cause: unknown): ApiError {
  const error = new ApiError(0, {
    code: 'unreachable',
    message: `No answer from ${baseUrl || 'the server'}.`,
    hint: 'Is the server running? Start it with `patchbay serve`.',
  })
  error.cause = cause
  return error
}

async function refusal(response: Response): Promise<ApiError> {
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
