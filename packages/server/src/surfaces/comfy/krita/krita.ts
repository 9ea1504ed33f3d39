import { type Router, raw } from 'express'
import { z } from 'zod'
import { Failure } from '../../../failure.ts'
import { ComfyRefusal } from '../errors/comfy-refusal.ts'
import type { ComfyLive } from '../running/live.ts'
import { type ModelInfoDependencies, createModelInfo } from './model-info.ts'
import { type SentFileDependencies, createSentFiles } from './sent-files.ts'

export type KritaDependencies = ModelInfoDependencies &
  SentFileDependencies & { readonly config: { readonly uploadLimitBytes: number } }

/**
 * What Krita AI Diffusion asks of a server beside ComfyUI's own routes: pictures by a name that it gives them, and
 * LoRAs, as bytes. Comes before the body is read as JSON.
 */
export function addKritaFiles(router: Router, dependencies: KritaDependencies): void {
  const sent = createSentFiles(dependencies)
  const bytes = raw({ type: () => true, limit: dependencies.config.uploadLimitBytes })
  router.put('/etn/image/:id', bytes, async (request, response) => {
    const isNew = await sent.keepPicture(request.params.id, bodyOf(request.body))
    response.status(isNew ? 201 : 200).json({ status: isNew ? 'success' : 'cached' })
  })
  router.get('/etn/image/:id', async (request, response) => {
    const picture = await sent.picture(request.params.id)
    if (!picture) throw new ComfyRefusal(404, { error: `There is no picture "${request.params.id.slice(0, 80)}"` })
    response.type(picture.mime).send(picture.bytes)
  })
  router.put('/etn/upload/loras/:name', bytes, async (request, response) => {
    const isNew = await sent.keepLora(request.params.name, bodyOf(request.body))
    response.status(isNew ? 201 : 200).json({ status: isNew ? 'success' : 'cached', path: request.params.name })
  })
}

function bodyOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body) && body.length > 0) return body
  throw new Failure('invalid-request', 'The request holds no file: send its bytes as the body.')
}

const pages = z.object({
  offset: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).default(1000),
})

/** What models are, which languages there are, and workflows that programs share. */
export function addKritaRoutes(router: Router, dependencies: KritaDependencies, live: ComfyLive): void {
  const info = createModelInfo(dependencies)
  router.get('/etn/model_info/:folder', async (request, response) => {
    const asked = pages.safeParse(request.query)
    if (!asked.success) throw new ComfyRefusal(400, { error: 'offset and limit are whole numbers' })
    response.json(await info(request.params.folder, asked.data))
  })
  // There is no translation here, so that there is no language to translate from.
  router.get('/etn/languages', (_request, response) => {
    response.json([])
  })
  router.get('/etn/translate/:language/:text', (request) => {
    throw new ComfyRefusal(404, {
      error: `There is no translation here from "${request.params.language.slice(0, 20)}"`,
    })
  })
  addSharedWorkflows(router, live)
}

const client = z.object({ client_id: z.string().min(1).max(200) })
const publication = client.extend({
  name: z.string().max(200).default(''),
  workflow: z.record(z.string(), z.unknown()),
})
const mostShared = 100

/** Workflows that one program publishes and others hear of, as long as the server runs. */
function addSharedWorkflows(router: Router, live: Pick<ComfyLive, 'socketsOf'>): void {
  const subscribers = new Set<string>()
  const shared = new Map<string, z.infer<typeof publication>>()
  const tell = (subscriber: string, { client_id: id, name, workflow }: z.infer<typeof publication>): void => {
    for (const socket of live.socketsOf(subscriber)) {
      socket.send('etn_workflow_published', { publisher: { name, id }, workflow })
    }
  }
  router.post('/etn/workflow/publish', (request, response) => {
    const published = parsed(publication, request.body)
    shared.delete(published.client_id)
    shared.set(published.client_id, published)
    for (const oldest of [...shared.keys()].slice(0, -mostShared)) shared.delete(oldest)
    for (const subscriber of subscribers) tell(subscriber, published)
    response.json({ status: 'success' })
  })
  router.post('/etn/workflow/subscribe', (request, response) => {
    const { client_id: id } = parsed(client, request.body)
    for (const other of subscribers) if (live.socketsOf(other).length === 0) subscribers.delete(other)
    subscribers.add(id)
    for (const published of shared.values()) tell(id, published)
    response.json({ status: 'success' })
  })
  router.post('/etn/workflow/unsubscribe', (request, response) => {
    subscribers.delete(parsed(client, request.body).client_id)
    response.json({ status: 'success' })
  })
}

function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const read = schema.safeParse(body)
  if (read.success) return read.data
  const mistakes = read.error.issues.map(({ path, message }) => `${path.join('.') || 'the body'}: ${message}`)
  throw new ComfyRefusal(400, { error: mistakes.join('; ') })
}
