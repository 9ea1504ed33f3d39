import { ApiError, refusalOf, unreachable } from './api-error.ts'
import type { AnswerOf, Method, Operation, PathWith, RequestOf } from './operation.ts'

type Scalar = string | number | boolean
/** A request as it is at run time; `RequestOf` has its exact type. */
interface AnyRequest {
  readonly path?: { readonly [name: string]: string }
  readonly query?: { readonly [name: string]: Scalar | readonly Scalar[] | undefined }
  readonly headers?: { readonly [name: string]: string | undefined }
  readonly json?: unknown
  readonly form?: { readonly [name: string]: string | Blob | undefined }
  readonly signal?: AbortSignal | undefined
}
/** The request of an operation; left out where all of it may be. */
type RequestArgument<O> = object extends RequestOf<O> ? [request?: RequestOf<O>] : [request: RequestOf<O>]

/** Calls of the server's API, held to the types that are generated from its description. */
export interface Api {
  /** The answer's JSON; undefined for 204. Throws `ApiError`. */
  call<M extends Method, Path extends PathWith<M>>(
    method: M,
    path: Path,
    ...request: RequestArgument<Operation<M, Path>>
  ): Promise<AnswerOf<Operation<M, Path>>>
  /** The answer's bytes. Throws `ApiError`. */
  bytes<Path extends PathWith<'get'>>(
    path: Path,
    ...request: RequestArgument<Operation<'get', Path>>
  ): Promise<Uint8Array>
  /** The full address of a path that is read, with its query. */
  url<Path extends PathWith<'get'>>(path: Path, ...request: RequestArgument<Operation<'get', Path>>): string
}

/** `baseUrl` is the server's origin, e.g. `http://127.0.0.1:8188`; empty means the page's own. */
export function createApi(baseUrl: string, token: string | undefined, send: typeof fetch): Api {
  const ask = async (method: Method, path: string, request: AnyRequest = {}): Promise<Response> => {
    let response: Response
    try {
      response = await send(`${baseUrl}${addressOf(path, request)}`, {
        method: method.toUpperCase(),
        headers: headersOf(request, token),
        body: bodyOf(request) ?? null,
        signal: request.signal ?? null,
      })
    } catch (cause) {
      if (request.signal?.aborted) throw cause
      throw unreachable(baseUrl, cause)
    }
    if (response.status >= 400) throw await refusalOf(response)
    return response
  }
  return {
    async call(method, path, ...[request]) {
      const response = await ask(method, path, request)
      // The types are those of the description that the server gives of itself, and its tests hold its answers to that.
      return (response.status === 204 ? undefined : await jsonOf(response)) as never
    },
    bytes: async (path, ...[request]) => new Uint8Array(await (await ask('get', path, request)).arrayBuffer()),
    url: (path, ...[request]) => `${baseUrl}${addressOf(path, request ?? {})}`,
  }
}

async function jsonOf(response: Response): Promise<unknown> {
  const text = await response.text()
  try {
    return JSON.parse(text)
  } catch (cause) {
    const error = new ApiError(response.status, {
      code: 'unexpected-answer',
      message: `What answered at ${response.url || 'this address'} did not send JSON.`,
      hint: 'Is it a Patchbay server, and no proxy in between that answers by itself?',
    })
    error.cause = cause
    throw error
  }
}

function addressOf(path: string, { path: parts = {}, query = {} }: AnyRequest): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = parts[name] ?? ''
    // A file's name may lead through folders; the server takes the rest of the path for it.
    return name === 'name' ? value.split('/').map(encodeURIComponent).join('/') : encodeURIComponent(value)
  })
  const fields = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
  const search = new URLSearchParams(Object.fromEntries(fields)).toString()
  return search ? `${filled}?${search}` : filled
}

function headersOf({ headers = {}, json }: AnyRequest, token: string | undefined): Record<string, string> {
  const all: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) all[name] = value
  if (token) all['authorization'] = `Bearer ${token}`
  if (json !== undefined) all['content-type'] = 'application/json'
  return all
}

function bodyOf({ json, form }: AnyRequest): string | FormData | undefined {
  if (json !== undefined) return JSON.stringify(json)
  if (form === undefined) return undefined
  const data = new FormData()
  for (const [name, value] of Object.entries(form)) if (value !== undefined) data.set(name, value)
  return data
}
