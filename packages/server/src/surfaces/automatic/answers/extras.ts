import { type Request, type Response, Router } from 'express'
import { z } from 'zod'
import { type NodeLink, type Workflow, workflowVersion } from '@patchbay/engine/workflow'
import { Failure } from '../../../failure.ts'
import { accessOf } from '../../../http/current-access.ts'
import { opaquePicture } from '../../../storage/inpaint-picture.ts'
import { traceOf } from '../../../telemetry/trace-context.ts'
import { makePictures, whileAsked } from '../../pictures/make-pictures.ts'
import { Drawing } from '../graph/drawing.ts'
import { type FileNames, listingOf, presentFiles } from '../request/file-names.ts'
import { plainUpscalers } from '../request/plan-of.ts'
import { withoutNulls } from '../request/request.ts'
import { bytesOf } from '../request/source-pictures.ts'
import type { GenerationDependencies } from './generate.ts'

const share = z.number().min(0).max(1).default(0)
const body = z.looseObject({
  resize_mode: z.int().min(0).max(1).default(0),
  gfpgan_visibility: share,
  codeformer_visibility: share,
  upscaling_resize: z.number().min(0.1).max(16).default(2),
  upscaling_resize_w: z.int().min(1).max(16_384).default(512),
  upscaling_resize_h: z.int().min(1).max(16_384).default(512),
  upscaling_crop: z.boolean().default(true),
  upscaler_1: z.string().max(200).default('None'),
  upscaler_2: z.string().max(200).default('None'),
  extras_upscaler_2_visibility: share,
  image: z.string().optional(),
  imageList: z
    .array(z.object({ data: z.string(), name: z.string() }))
    .max(64)
    .optional(),
})
type ExtrasRequest = z.infer<typeof body>

/** `/extra-single-image` and `/extra-batch-images`: pictures made larger. */
export function extrasRoutes(dependencies: GenerationDependencies): Router {
  const routes = Router()
  routes.post('/extra-single-image', async (request, response) => {
    const asked = extrasOf(request.body)
    if (!asked.image) throw new Failure('invalid-request', 'image: send the picture as base64.')
    const [image] = await enlarged(asked, [asked.image], dependencies, { request, response })
    response.json({ html_info: '', image })
  })
  routes.post('/extra-batch-images', async (request, response) => {
    const asked = extrasOf(request.body)
    const { imageList: list = [] } = asked
    if (list.length === 0) throw new Failure('invalid-request', 'imageList: send pictures as { "data", "name" }.')
    const images = await enlarged(
      asked,
      list.map(({ data }) => data),
      dependencies,
      { request, response },
    )
    response.json({ html_info: '', images })
  })
  return routes
}

function extrasOf(sent: unknown): ExtrasRequest {
  const asked = body.safeParse(withoutNulls(sent))
  if (!asked.success) {
    const lines = asked.error.issues.map(({ path, message }) => `${path.join('.') || 'the body'}: ${message}`)
    throw new Failure('invalid-request', lines.join('; '))
  }
  for (const field of ['gfpgan_visibility', 'codeformer_visibility'] as const) {
    if (asked.data[field] > 0) {
      throw new Failure('invalid-request', `${field}: there is no network that restores faces.`, {
        hint: 'Leave it out, or 0.',
      })
    }
  }
  return asked.data
}

async function enlarged(
  asked: ExtrasRequest,
  encoded: readonly string[],
  dependencies: GenerationDependencies,
  { request, response }: { readonly request: Request; readonly response: Response },
): Promise<string[]> {
  const { folders, config } = dependencies
  const files = presentFiles(await listingOf(folders))
  const drawing = new Drawing()
  for (const [index, one] of encoded.entries()) {
    const { png, width, height } = await opaquePicture(bytesOf(one), config.pixelLimit)
    const file = (await folders.keep('input', 'extra.png', png)).name
    addEnlargement(drawing, asked, { file, index, width, height }, files)
  }
  const document: Workflow = {
    format: 'patchbay-workflow',
    version: workflowVersion,
    name: 'extras',
    nodes: drawing.nodes,
  }
  const asker = { owner: accessOf(response).owner, ...traceOf(request.headers) }
  const made = await makePictures(document, asker, dependencies, whileAsked(response))
  const byNode = new Map(made.map(({ record, bytes }) => [record.node, bytes.toString('base64')]))
  return encoded.map((_, index) => byNode.get(`save${index}`) ?? '')
}

interface Sized {
  readonly width: number
  readonly height: number
}

function addEnlargement(
  drawing: Drawing,
  asked: ExtrasRequest,
  { file, index, ...own }: Sized & { readonly file: string; readonly index: number },
  files: FileNames,
): void {
  const image = drawing.add(`picture${index}`, 'LoadImage', { file })('image')
  const by = (name: string, id: string): NodeLink =>
    larger(drawing, `${id}${index}`, { name, asked, own, files }, image)
  const first = by(asked.upscaler_1, 'first')
  const amount = asked.extras_upscaler_2_visibility
  const isMixed = asked.upscaler_2 !== 'None' && amount > 0
  const above = isMixed ? by(asked.upscaler_2, 'second') : first
  const mixed = isMixed
    ? drawing.add(`mixed${index}`, 'BlendImages', { amount }, { below: first, above })('image')
    : first
  drawing.add(`save${index}`, 'SaveImage', { temporary: true, embedWorkflow: false }, { image: mixed })
}

/** "None" leaves a picture as it is, as AUTOMATIC1111 does, whatever size is asked for. */
function larger(
  drawing: Drawing,
  id: string,
  { name, asked, own, files }: { name: string; asked: ExtrasRequest; own: Sized; files: FileNames },
  image: NodeLink,
): NodeLink {
  if (name === 'None') return image
  const method = Object.hasOwn(plainUpscalers, name) ? plainUpscalers[name] : undefined
  let source = image
  if (method === undefined) {
    const upscaler = drawing.add(`${id}Network`, 'LoadUpscaler', { upscaler: files.file('upscale_models', name) })
    source = drawing.add(`${id}Large`, 'UpscaleImage', {}, { upscaler: upscaler('upscaler'), image })('image')
  }
  const { width, height } = targetSize(asked, own)
  const values = { width, height, fit: 'cover', method: method ?? 'lanczos' }
  return drawing.add(id, 'ResizeImage', values, { image: source })('image')
}

function targetSize(asked: ExtrasRequest, { width, height }: Sized): Sized {
  const scaled = (factor: number) => ({
    width: Math.max(1, Math.floor(width * factor)),
    height: Math.max(1, Math.floor(height * factor)),
  })
  if (asked.resize_mode === 0) return scaled(asked.upscaling_resize)
  const { upscaling_resize_w: across, upscaling_resize_h: down, upscaling_crop: isCut } = asked
  return isCut ? { width: across, height: down } : scaled(Math.max(across / width, down / height))
}
