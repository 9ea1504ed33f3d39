import { type Request, type Response, Router } from 'express'
import type { Folders } from '../../../storage/folders.ts'
import { accessOf } from '../../../http/current-access.ts'
import { traceOf } from '../../../telemetry/trace-context.ts'
import { type PictureDependencies, makePictures, whileAsked } from '../../pictures/make-pictures.ts'
import { anySeed } from '../../pictures/text-to-image.ts'
import { pictureGraph, savingNodes } from '../graph/picture-graph.ts'
import { listingOf, presentFiles } from '../request/file-names.ts'
import type { RequestKind } from '../request/field-rules.ts'
import { planOf } from '../request/plan-of.ts'
import { type CheckedRequest, automaticRequest } from '../request/request.ts'
import { sourcePictures } from '../request/source-pictures.ts'
import type { StandingSettings } from './options.ts'
import { infoText } from './info.ts'
import { infotexts, seedsOf } from './infotext.ts'

export interface GenerationDependencies extends PictureDependencies {
  readonly folders: Pick<Folders, 'keep' | 'names'>
  readonly config: { readonly pixelLimit: number }
}

/** `/txt2img` and `/img2img`. */
export function generationRoutes(dependencies: GenerationDependencies, standing: StandingSettings): Router {
  const routes = Router()
  for (const kind of ['txt2img', 'img2img'] as const) {
    routes.post(`/${kind}`, async (request, response) => {
      const checked = automaticRequest(request.body, kind)
      response.json(await generated(kind, checked, dependencies, standing, { request, response }))
    })
  }
  return routes
}

async function generated(
  kind: RequestKind,
  { request: asked, notes: read }: CheckedRequest,
  dependencies: GenerationDependencies,
  standing: StandingSettings,
  { request, response }: { readonly request: Request; readonly response: Response },
) {
  const { folders, config } = dependencies
  const listing = await listingOf(folders)
  const settings = await standing.get(listing)
  // Names are looked for before pictures are read: a name that is not there is the cheaper refusal.
  planOf(asked, presentFiles(listing), settings)
  const sources =
    kind === 'img2img' ? await sourcePictures(asked, { folders, pixelLimit: config.pixelLimit }) : undefined
  const { plan, notes } = planOf(asked, presentFiles(listing), settings, sources)
  const seeds = seedsOf(plan, String(asked.subseed === -1 ? anySeed() : asked.subseed))
  const parameters = infotexts(asked, plan, seeds)
  const whole = { ...plan, saving: { ...plan.saving, parameters } }
  const asker = { owner: accessOf(response).owner, ...traceOf(request.headers) }
  const made = await makePictures(pictureGraph(whole), asker, dependencies, whileAsked(response))
  const order = savingNodes(whole)
  const pictures = [...made].sort((a, b) => order.indexOf(a.record.node) - order.indexOf(b.record.node))
  const { init_images: _pictures, mask: _mask, ...echo } = asked
  return {
    images: asked.send_images ? pictures.map(({ bytes }) => bytes.toString('base64')) : [],
    parameters: asked.include_init_images ? asked : echo,
    info: infoText(asked, plan, seeds, { texts: parameters, notes: [...read, ...notes] }),
  }
}
