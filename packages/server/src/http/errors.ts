import { randomUUID } from 'node:crypto'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import type { Logger } from 'pino'
import { errorBody, Failure, failureOf } from '../failure.ts'

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

/**
 * Turns whatever was thrown into the one shape of refusals. What is not meant for the asker (paths, stack) goes to the
 * log alone.
 */
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
