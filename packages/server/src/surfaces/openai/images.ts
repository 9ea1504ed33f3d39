import { type Request, type Response, Router } from 'express'
import { given } from '@patchbay/engine/workflow'
import type { Folders } from '../../storage/folders.ts'
import type { Hub } from '../../live/hub.ts'
import { Failure, failureOf } from '../../failure.ts'
import { accessOf } from '../../http/current-access.ts'
import { fitMask, fitPicture, pictureSize } from '../../storage/fit-picture.ts'
import { readForm } from '../../storage/upload.ts'
import { traceOf } from '../../telemetry/trace-context.ts'
import { type PictureDependencies, makePictures, whileAsked } from '../pictures/make-pictures.ts'
import { type InitialPicture, anySeed, pictureWorkflow } from '../pictures/text-to-image.ts'
import { type ImageRequest, type RequestKind, checkpointOf, imageRequest, sizeOf, stepsOf } from './request.ts'
import { type ImageStream, createImageStream } from './stream.ts'

export interface ImageDependencies extends PictureDependencies {
  readonly folders: Pick<Folders, 'keep' | 'names'>
  readonly hub: Pick<Hub, 'listen' | 'listenPreviews'>
  readonly config: { readonly uploadLimitBytes: number; readonly pixelLimit: number }
}

/**
 * How much of a picture is made anew where a request gives one: enough to follow the prompt, not so much that nothing
 * is left of it.
 */
const strengths = { edits: 0.75, variations: 0.5 } as const
const usualSize = { width: 512, height: 512 }
const mostImages = 17

interface Wanted {
  readonly asked: ImageRequest
  readonly size: { readonly width: number; readonly height: number }
  readonly from?: InitialPicture
}

/** `/images/generations`, `/images/edits` and `/images/variations`. */
export function imageRoutes(dependencies: ImageDependencies): Router {
  const routes = Router()
  routes.post('/images/generations', async (request, response) => {
    const asked = imageRequest(request.body, 'generations')
    await answer(request, response, { asked, size: sizeOf(asked, usualSize) }, dependencies)
  })
  for (const kind of ['edits', 'variations'] as const) {
    routes.post(`/images/${kind}`, async (request, response) => {
      await answer(request, response, await wantedOfForm(request, kind, dependencies), dependencies)
    })
  }
  return routes
}

async function wantedOfForm(
  request: Request,
  kind: Exclude<RequestKind, 'generations'>,
  { folders, config: { uploadLimitBytes, pixelLimit } }: ImageDependencies,
): Promise<Wanted> {
  const { files, fields } = await readForm(request, uploadLimitBytes, mostImages)
  const images = files.filter(({ field }) => field === 'image' || field === 'image[]')
  const [image, another] = images
  const others = files.filter((file) => !images.includes(file) && !(file.field === 'mask' && kind === 'edits'))
  if (!image) throw new Failure('invalid-request', 'The form holds no file "image": send the picture to begin from.')
  if (another) {
    throw new Failure('invalid-request', `image: there are ${images.length} pictures, and one is begun from here.`, {
      hint: 'Send one picture, or join them before.',
    })
  }
  if (others.length > 0) {
    throw new Failure('invalid-request', `${others.map(({ field }) => field).join(', ')}: ${kind} take no such file.`)
  }
  const asked = imageRequest(fields, kind)
  const checkpoints = await folders.names('checkpoints')
  checkpointOf(asked.model, checkpoints)
  const { hasAlpha, ...own } = await pictureSize(image.bytes, pixelLimit)
  const size = sizeOf(asked, own)
  const mask = files.find(({ field }) => field === 'mask') ?? (hasAlpha && kind === 'edits' ? image : undefined)
  const kept = async (name: string, bytes: Buffer) => (await folders.keep('input', name, bytes)).name
  const from: InitialPicture = {
    file: await kept('edit.png', await fitPicture(image.bytes, size, pixelLimit)),
    // What is masked is made wholly anew; without a mask, something of the picture stays everywhere.
    denoiseStrength: mask ? 1 : strengths[kind],
    ...(mask && {
      mask: await kept('edit-mask.png', await fitMask(mask.bytes, size, { from: 'alpha' }, pixelLimit)),
    }),
  }
  return { asked, size, from }
}

async function answer(
  request: Request,
  response: Response,
  { asked, size, from }: Wanted,
  dependencies: ImageDependencies,
): Promise<void> {
  const { folders, hub, config } = dependencies
  const { prompt, n, output_format: format, output_compression: quality } = asked
  const checkpoint = checkpointOf(asked.model, await folders.names('checkpoints'))
  const document = pictureWorkflow({
    ...{ ...size, prompt, count: n, seed: anySeed() },
    ...given({ checkpoint, from, quality, steps: stepsOf[asked.quality] }),
    ...(format === 'png' ? {} : { format }),
  })
  const asker = { owner: accessOf(response).owner, ...traceOf(request.headers) }
  const about = { asked, size, kind: from ? 'edit' : 'generation', pixelLimit: config.pixelLimit } as const
  const stream = asked.stream ? createImageStream(response, hub, about) : undefined
  try {
    const made = await makePictures(document, asker, dependencies, whileAsked(response), stream?.follow)
    if (stream) await stream.end(made.map(({ bytes }) => bytes))
    else response.json(dataOf(request, made, asked))
  } catch (error) {
    failStream(stream, error)
  }
}

/** A stream that has begun can only say in an event that it failed. */
function failStream(stream: ImageStream | undefined, error: unknown): void {
  stream?.close()
  if (!stream?.hasBegun) throw error
  stream.fail(failureOf(error).message)
}

function dataOf(request: Request, made: Awaited<ReturnType<typeof makePictures>>, asked: ImageRequest) {
  const origin = `${request.protocol}://${request.get('host') ?? ''}`
  const data = made.map(({ record, bytes }) =>
    asked.response_format === 'url' ? { url: `${origin}${record.url}` } : { b64_json: bytes.toString('base64') },
  )
  return { created: Math.floor(Date.now() / 1000), data }
}
