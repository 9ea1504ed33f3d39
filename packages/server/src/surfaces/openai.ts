import type { ErrorRequestHandler } from 'express'
import { Router } from 'express'
import { z } from 'zod'
import type { Dependencies } from '../dependencies.ts'
import { Failure } from '../jobs/failure.ts'
import { requireOwnerToChange } from '../middleware/access.ts'
import { jsonBody, requireJson } from '../middleware/body.ts'
import { accessOf } from '../middleware/current-access.ts'
import { failureOf } from '../middleware/errors.ts'
import { traceOf } from '../telemetry/trace-context.ts'
import { makePictures, whileAsked } from './make-pictures.ts'
import { anySeed, pictureWorkflow } from './text-to-image.ts'

const body = z.object({
  prompt: z.string().min(1).max(32_000),
  model: z.string().optional(),
  n: z.int().min(1).max(10).default(1),
  size: z
    .string()
    .regex(/^(\d{2,4}x\d{2,4}|auto)$/)
    .default('auto'),
  response_format: z.enum(['url', 'b64_json']).default('b64_json'),
})

/** OpenAI's image endpoint, `/v1/images/generations` and `/v1/models`: a model is the name of a checkpoint. */
export function createOpenAiSurface(dependencies: Dependencies): Router {
  const { config, folders, log } = dependencies
  const router = Router()
  const routes = Router()
  routes.use(requireOwnerToChange, requireJson, jsonBody(config.bodyLimitBytes))
  routes.get('/models', async (_request, response) => {
    const names = await folders.names('checkpoints')
    response.json({ object: 'list', data: names.map((id) => ({ id, object: 'model', created: 0, owned_by: 'local' })) })
  })
  routes.post('/images/generations', async (request, response) => {
    const asked = body.safeParse(request.body)
    if (!asked.success)
      throw new Failure(
        'invalid-request',
        asked.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
      )
    const { prompt, model, n, size, response_format: format } = asked.data
    const [width = 512, height = 512] = size === 'auto' ? [512, 512] : size.split('x').map(Number)
    const known = await folders.names('checkpoints')
    // Clients send names such as "dall-e-3" whatever is there; one that is no checkpoint means the default.
    const checkpoint = model !== undefined && known.includes(model) ? { checkpoint: model } : {}
    const document = pictureWorkflow({ ...checkpoint, prompt, width, height, count: n, seed: anySeed() })
    const made = await makePictures(
      document,
      { owner: accessOf(response).owner, ...traceOf(request.headers) },
      dependencies,
      whileAsked(response),
    )
    const origin = `${request.protocol}://${request.get('host') ?? ''}`
    response.json({
      created: Math.floor(Date.now() / 1000),
      data: made.map(({ record, bytes }) =>
        format === 'url' ? { url: `${origin}${record.url}` } : { b64_json: bytes.toString('base64') },
      ),
    })
  })
  const answerErrors: ErrorRequestHandler = (thrown: unknown, request, response, _next) => {
    const failure = failureOf(thrown)
    if (failure.code === 'internal') log.error({ err: thrown, path: request.path }, 'request failed')
    if (failure.retryAfter !== undefined) response.setHeader('retry-after', String(failure.retryAfter))
    const type = failure.status >= 500 ? 'server_error' : 'invalid_request_error'
    const message = [failure.message, failure.hint].filter(Boolean).join(' ')
    response.status(failure.status).json({ error: { message, type, param: null, code: failure.code } })
  }
  routes.use((request) => {
    throw new Failure('not-found', `There is nothing at ${request.method} ${request.path}.`)
  })
  routes.use(answerErrors)
  router.use('/v1', routes)
  return router
}
