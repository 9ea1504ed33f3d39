import { type ErrorRequestHandler, Router } from 'express'
import type { Logger } from 'pino'
import { Failure, failureOf, notFound } from '../../failure.ts'
import { requireOwnerToChange } from '../../http/access.ts'
import { jsonBody, requireJson } from '../../http/body.ts'
import { type ImageDependencies, imageRoutes } from './images.ts'

export interface OpenAiDependencies extends ImageDependencies {
  readonly log: Logger
  readonly config: ImageDependencies['config'] & { readonly bodyLimitBytes: number }
}

/** OpenAI's `/v1/images` (generations, edits, variations) and `/v1/models`: a model is the name of a checkpoint. */
export function createOpenAiSurface(dependencies: OpenAiDependencies): Router {
  const { config, folders, log } = dependencies
  const routes = Router()
  routes.use(requireOwnerToChange, requireJson, jsonBody(config.bodyLimitBytes))
  const modelOf = (id: string) => ({ id, object: 'model', created: 0, owned_by: 'local' })
  routes.get('/models', async (_request, response) => {
    response.json({ object: 'list', data: (await folders.names('checkpoints')).map(modelOf) })
  })
  routes.get('/models/*name', async (request, response) => {
    const name = request.params.name.join('/')
    if (!(await folders.names('checkpoints')).includes(name)) throw notFound('model', name)
    response.json(modelOf(name))
  })
  routes.use(imageRoutes(dependencies))
  routes.use((request) => {
    throw new Failure('not-found', `There is nothing at ${request.method} /v1${request.path}.`, {
      hint: 'There are GET /v1/models and POST /v1/images/generations, /v1/images/edits and /v1/images/variations.',
    })
  })
  routes.use(answerErrors(log))
  const router = Router()
  router.use('/v1', routes)
  return router
}

/** Refusals in the shape that OpenAI's clients read. */
const answerErrors =
  (log: Logger): ErrorRequestHandler =>
  (thrown: unknown, request, response, _next) => {
    const failure = failureOf(thrown)
    if (failure.code === 'internal') log.error({ err: thrown, path: request.path }, 'request failed')
    if (failure.retryAfter !== undefined) response.setHeader('retry-after', String(failure.retryAfter))
    const type = failure.status >= 500 ? 'server_error' : 'invalid_request_error'
    const message = [failure.message, failure.hint].filter(Boolean).join(' ')
    response.status(failure.status).json({ error: { message, type, param: null, code: failure.code } })
  }
