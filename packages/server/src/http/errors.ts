import { randomUUID } from 'node:crypto'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import type { Logger } from 'pino'
import type { ApiErrorBody } from '@patchbay/engine/workflow'
import { Failure } from '../failure.ts'

/** Gives each request an id that its log lines and its refusal carry. */
export const withRequestId: RequestHandler = (_request, response, next) => {
  const id = randomUUID()
  response.locals['requestId'] = id
  response.setHeader('x-request-id', id)
  next()
}

export const noSuchRoute: RequestHandler = (request) => {
  throw new Failure('not-found', `There is nothing at ${request.method} ${request.path.slice(0, 200)}.`, {
    hint: 'See /api/v1/docs for all routes.',
  })
}

/** Turns whatever was thrown into the one shape of refusals. What is not meant for the asker (paths, stack) goes to the log alone. */
export function answerErrors(log: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, _next) => {
    const requestId = String(response.locals['requestId'])
    const failure = failureOf(thrown)
    if (failure.code === 'internal') log.error({ err: thrown, requestId, path: request.path }, 'request failed')
    if (response.headersSent) {
      response.destroy()
      return
    }
    if (failure.retryAfter !== undefined) response.setHeader('retry-after', String(failure.retryAfter))
    response.status(failure.status).json(errorBody(failure, requestId))
  }
}

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
