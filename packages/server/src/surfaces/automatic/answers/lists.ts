import { Router } from 'express'
import type { Folders } from '../../../storage/folders.ts'
import { withoutExtension } from '../request/file-names.ts'
import { latentModes, plainUpscalers } from '../request/plan-of.ts'
import { samplerList, schedulerList } from '../request/samplers.ts'

/** Lists that clients ask for before they show their forms, and that are empty here. */
const constantAnswers: readonly (readonly [path: string, answer: object])[] = [
  ['/cmd-flags', {}],
  ['/face-restorers', []],
  ['/hypernetworks', []],
  ['/prompt-styles', []],
  ['/realesrgan-models', []],
  ['/scripts', { txt2img: [], img2img: [] }],
  ['/script-info', []],
  ['/extensions', []],
  ['/sd-modules', []],
]
const baseOf = (name: string): string => withoutExtension(name.slice(name.lastIndexOf('/') + 1))

/** The lists of models, samplers and schedulers. */
export function listRoutes(folders: Pick<Folders, 'names' | 'pathOf'>): Router {
  const routes = Router()
  routes.get('/samplers', (_request, response) => {
    response.json(
      samplerList.map(({ name, aliases, scheduler }) => ({ name, aliases, options: scheduler ? { scheduler } : {} })),
    )
  })
  routes.get('/schedulers', (_request, response) => {
    response.json(
      schedulerList.map(({ name, label }) => ({ name, label, aliases: [], default_rho: -1, need_inner_model: false })),
    )
  })
  routes.get('/latent-upscale-modes', (_request, response) => {
    response.json(Object.keys(latentModes).map((name) => ({ name })))
  })
  for (const [path, answer] of constantAnswers) {
    routes.get(path, (_request, response) => {
      response.json(answer)
    })
  }
  addFileLists(routes, folders)
  return routes
}

function addFileLists(routes: Router, folders: Pick<Folders, 'names'>): void {
  routes.get('/sd-models', async (_request, response) => {
    const names = await folders.names('checkpoints')
    response.json(
      names.map((name) => ({
        title: name,
        model_name: withoutExtension(name),
        hash: null,
        sha256: null,
        filename: name,
        config: null,
      })),
    )
  })
  routes.get('/loras', async (_request, response) => {
    const names = await folders.names('loras')
    response.json(names.map((path) => ({ name: baseOf(path), alias: baseOf(path), path, metadata: {} })))
  })
  routes.get('/sd-vae', async (_request, response) => {
    response.json((await folders.names('vae')).map((path) => ({ model_name: path, filename: path })))
  })
  routes.get('/upscalers', async (_request, response) => {
    const one = (name: string, path: string | null, scale: number) => ({
      ...{ name, model_name: path === null ? null : name, model_path: path, model_url: null, scale },
    })
    const networks = (await folders.names('upscale_models')).map((path) => one(withoutExtension(path), path, 4))
    response.json([...Object.keys(plainUpscalers).map((name) => one(name, null, name === 'None' ? 1 : 4)), ...networks])
  })
  routes.get('/embeddings', async (_request, response) => {
    const names = await folders.names('embeddings')
    const loaded = names.map((name) => [
      baseOf(name),
      { step: null, sd_checkpoint: null, sd_checkpoint_name: null, shape: null, vectors: null },
    ])
    response.json({ loaded: Object.fromEntries(loaded), skipped: {} })
  })
}
