import type { ErrorRequestHandler } from 'express'
import type { Logger } from 'pino'
import { failureOf } from '../../../failure.ts'
import type { ComfyError } from './comfy-error.ts'

/** A refusal in ComfyUI's shape. */
export class ComfyRefusal extends Error {
  readonly status: number
  readonly body: object
  constructor(status: number, body: object) {
    super('refused')
    this.status = status
    this.body = body
  }
}
export const refusal = (type: string, message: string, details = ''): ComfyRefusal =>
  new ComfyRefusal(400, { error: { type, message, details, extra_info: {} } satisfies ComfyError, node_errors: {} })

/** Clients read every error as JSON, whatever it is. */
export function answerComfyErrors(log: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response, _next) => {
    if (response.headersSent) {
      response.destroy()
      return
    }
    if (thrown instanceof ComfyRefusal) {
      response.status(thrown.status).json(thrown.body)
      return
    }
    const failure = failureOf(thrown)
    if (failure.code === 'internal') log.error({ err: thrown, path: request.path }, 'request failed')
    if (failure.retryAfter !== undefined) response.setHeader('retry-after', String(failure.retryAfter))
    const details = failure.hint ?? ''
    response.status(failure.status).json({
      error: { type: failure.code.replaceAll('-', '_'), message: failure.message, details, extra_info: {} },
      node_errors: {},
    })
  }
}
