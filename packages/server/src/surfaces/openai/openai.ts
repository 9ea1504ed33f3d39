import { type ErrorRequestHandler, type Request, type Response, Router } from 'express'
import { z } from 'zod'
import type { Folders } from '../../storage/folders.ts'
import type { Logger } from 'pino'
import { type PictureDependencies, makePictures, whileAsked } from '../pictures/make-pictures.ts'
import { Failure, failureOf, notFound } from '../../failure.ts'
import { requireOwnerToChange } from '../../http/access.ts'
import { jsonBody, requireJson } from '../../http/body.ts'
import { accessOf } from '../../http/current-access.ts'
import { fitMask, fitPicture, pictureSize } from '../../storage/fit-picture.ts'
import { readForm } from '../../storage/upload.ts'
import { traceOf } from '../../telemetry/trace-context.ts'
import { type InitialPicture, anySeed, pictureWorkflow } from '../pictures/text-to-image.ts'

/** A form says numbers and booleans as texts. */
const inForm = <T extends z.ZodType>(schema: T, read: (text: string) => unknown) =>
  z.preprocess((given) => (typeof given === 'string' ? read(given) : given), schema)
const body = z.object({
  prompt: z.string().min(1).max(32_000),
  model: z.string().optional(),
  n: inForm(z.int().min(1).max(10), Number).default(1),
  size: z
    .string()
    .regex(/^(\d{2,4}x\d{2,4}|auto)$/, 'expected a width and a height as in "512x512", or "auto"')
    .default('auto'),
  response_format: z.enum(['url', 'b64_json']).default('b64_json'),
  output_format: z.enum(['png', 'jpeg', 'webp']).default('png'),
  stream: inForm(z.boolean(), (text) => text === 'true').default(false),
})
type Asked = z.infer<typeof body>
/**
 * How much of a picture is made anew where a request gives one: enough to follow the prompt, not so much that nothing
 * is left of it.
 */
const editStrength = 0.75
const variationStrength = 0.5
const mostImages = 17

export interface OpenAiDependencies extends PictureDependencies {
  readonly folders: Pick<Folders, 'keep' | 'names'>
  readonly log: Logger
  readonly config: { readonly bodyLimitBytes: number; readonly uploadLimitBytes: number; readonly pixelLimit: number }
}

/** OpenAI's `/v1/images` (generations, edits, variations) and `/v1/models`: a model is the name of a checkpoint. */
export function createOpenAiSurface(dependencies: OpenAiDependencies): Router {
  const { config, folders, log } = dependencies
  const { pixelLimit } = config
  const router = Router()
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

  routes.post('/images/generations', async (request, response) => {
    await answer(request, response, parsed(request.body))
  })
  for (const [kind, strength] of [
    ['edits', editStrength],
    ['variations', variationStrength],
  ] as const) {
    routes.post(`/images/${kind}`, async (request, response) => {
      const { files, fields } = await readForm(request, config.uploadLimitBytes, mostImages)
      const image = files.find(({ field }) => field === 'image' || field === 'image[]')
      if (!image)
        throw new Failure('invalid-request', 'The form holds no file "image": send the picture to begin from.')
      // A variation has no prompt: what is asked for is what is seen.
      const asked = parsed(kind === 'variations' ? { ...fields, prompt: 'a picture' } : fields)
      const { hasAlpha, ...own } = await pictureSize(image.bytes, pixelLimit)
      const size = sizeOf(asked, own)
      const mask = files.find(({ field }) => field === 'mask') ?? (hasAlpha && kind === 'edits' ? image : undefined)
      const kept = async (name: string, bytes: Buffer) => (await folders.keep('input', name, bytes)).name
      const from: InitialPicture = {
        file: await kept('edit.png', await fitPicture(image.bytes, size, pixelLimit)),
        // What is masked is made wholly anew; without a mask, something of the picture stays everywhere.
        denoiseStrength: mask ? 1 : strength,
        ...(mask && {
          mask: await kept('edit-mask.png', await fitMask(mask.bytes, size, { from: 'alpha' }, pixelLimit)),
        }),
      }
      await answer(request, response, asked, size, from)
    })
  }

  async function answer(
    request: Request,
    response: Response,
    asked: Asked,
    size = sizeOf(asked, { width: 512, height: 512 }),
    from?: InitialPicture,
  ): Promise<void> {
    const { prompt, model, n, response_format: wanted, output_format: format } = asked
    const known = await folders.names('checkpoints')
    // Clients send names such as "dall-e-3" whatever is there; any name that is not a checkpoint means the default.
    const checkpoint = model !== undefined && known.includes(model) ? { checkpoint: model } : {}
    const document = pictureWorkflow({
      ...{ ...checkpoint, ...size, prompt, count: n, seed: anySeed() },
      ...(format === 'png' ? {} : { format }),
      ...(from ? { from } : {}),
    })
    const asker = { owner: accessOf(response).owner, ...traceOf(request.headers) }
    const made = await makePictures(document, asker, dependencies, whileAsked(response))
    const created = Math.floor(Date.now() / 1000)
    if (asked.stream) {
      const type = `image_${from ? 'edit' : 'generation'}.completed`
      const about = {
        type,
        created_at: created,
        size: `${size.width}x${size.height}`,
        output_format: format,
      }
      response.type('text/event-stream')
      for (const { bytes } of made)
        response.write(`event: ${type}\ndata: ${JSON.stringify({ ...about, b64_json: bytes.toString('base64') })}\n\n`)
      response.end()
      return
    }
    const origin = `${request.protocol}://${request.get('host') ?? ''}`
    response.json({
      created,
      data: made.map(({ record, bytes }) =>
        wanted === 'url' ? { url: `${origin}${record.url}` } : { b64_json: bytes.toString('base64') },
      ),
    })
  }

  const answerErrors: ErrorRequestHandler = (thrown: unknown, request, response, _next) => {
    const failure = failureOf(thrown)
    if (failure.code === 'internal') log.error({ err: thrown, path: request.path }, 'request failed')
    if (failure.retryAfter !== undefined) response.setHeader('retry-after', String(failure.retryAfter))
    const type = failure.status >= 500 ? 'server_error' : 'invalid_request_error'
    const message = [failure.message, failure.hint].filter(Boolean).join(' ')
    response.status(failure.status).json({ error: { message, type, param: null, code: failure.code } })
  }
  routes.use((request) => {
    throw new Failure('not-found', `There is nothing at ${request.method} /v1${request.path}.`, {
      hint: 'There are GET /v1/models and POST /v1/images/generations, /v1/images/edits and /v1/images/variations.',
    })
  })
  routes.use(answerErrors)
  router.use('/v1', routes)
  return router
}

function parsed(given: unknown): Asked {
  const asked = body.safeParse(given)
  if (asked.success) return asked.data
  throw new Failure(
    'invalid-request',
    asked.error.issues.map(({ path, message }) => `${path.join('.') || 'the body'}: ${message}`).join('; '),
    { hint: 'A prompt is needed; n is 1 to 10, size as "512x512", response_format "url" or "b64_json".' },
  )
}

/** Models work on squares of eight pixels. */
function sizeOf({ size }: Asked, otherwise: { readonly width: number; readonly height: number }) {
  const [width = otherwise.width, height = otherwise.height] = size === 'auto' ? [] : size.split('x').map(Number)
  const whole = (pixels: number) => Math.min(4096, Math.max(16, Math.round(pixels / 8) * 8))
  return { width: whole(width), height: whole(height) }
}
