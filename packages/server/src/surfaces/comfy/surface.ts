import { join } from 'node:path'
import { Router } from 'express'
import { type AssetDependencies, createComfyAssets } from './assets/assets.ts'
import { type CatalogueDependencies, createCatalogue } from './catalogue/catalogue.ts'
import { type FileRouteDependencies, addFileRoutes } from './routes/file-routes.ts'
import { type InfoRouteDependencies, addInfoRoutes } from './routes/info-routes.ts'
import { type ComfyJobDependencies, createComfyJobs } from './routes/comfy-jobs.ts'
import { type HistoryRouteDependencies, addHistoryRoutes } from './routes/history-routes.ts'
import { type JobRouteDependencies, addJobRoutes } from './routes/job-routes.ts'
import { type LogRouteDependencies, addLogRoutes } from './routes/log-routes.ts'
import { type SettingsRouteDependencies, addSettingsRoutes } from './routes/settings-routes.ts'
import { addUserFiles } from './routes/user-files.ts'
import { type PromptRouteDependencies, addPromptRoutes } from './routes/prompt-routes.ts'
import { type ModelRouteDependencies, addModelRoutes } from './routes/model-routes.ts'
import { type TemplateRouteDependencies, addTemplateRoutes } from './routes/template-routes.ts'
import { type LiveDependencies, ComfyLive } from './running/live.ts'
import { type ComfyV2Dependencies, createComfyV2 } from './v2/v2.ts'
import type { SocketSurface } from '../../live/web-socket.ts'
import { jsonBody } from '../../http/body.ts'
import { requireOwnerToChange } from '../../http/access.ts'
import type { Route } from '../../http/route.ts'
import { createAssetStore } from './assets/asset-store.ts'
import { type KritaDependencies, addKritaFiles, addKritaRoutes } from './krita/krita.ts'
import { ComfyRefusal, answerComfyErrors } from './errors/comfy-refusal.ts'
import { importRoutes } from './routes/import-route.ts'

export interface ComfySurface {
  readonly router: Router
  /** What it adds to the native API. */
  readonly nativeRoutes: readonly Route[]
  /** `/ws`. */
  readonly socket: SocketSurface
  close(): void
}

export type ComfyDependencies = AssetDependencies &
  CatalogueDependencies &
  ComfyJobDependencies &
  ComfyV2Dependencies &
  FileRouteDependencies &
  HistoryRouteDependencies &
  InfoRouteDependencies &
  JobRouteDependencies &
  KritaDependencies &
  LiveDependencies &
  LogRouteDependencies &
  ModelRouteDependencies &
  PromptRouteDependencies &
  SettingsRouteDependencies &
  TemplateRouteDependencies & {
    readonly config: {
      /** Where assets and the files of clients are kept. */
      readonly dataDirectory: string
    }
  }

/** ComfyUI's HTTP and WebSocket interface over the same jobs. Every route is at `/x` and at `/api/x`. */
export function createComfySurface(dependencies: ComfyDependencies): ComfySurface {
  const { log, config } = dependencies
  const catalogue = createCatalogue(dependencies)
  const live = new ComfyLive(dependencies)
  const assets = createAssetStore(join(config.dataDirectory, 'assets'), dependencies.folders)
  const routes = Router()
  routes.use(requireOwnerToChange)
  // Before the body is read as JSON: uploads and user files are bytes.
  addFileRoutes(routes, dependencies)
  addUserFiles(routes, join(config.dataDirectory, 'user'), config.bodyLimitBytes)
  addKritaFiles(routes, dependencies)
  // Clients label JSON as they like; that no foreign page posts it is what the origin check is for.
  routes.use(jsonBody(config.bodyLimitBytes, { keepWriting: true, python: true }))
  const comfyJobs = createComfyJobs(dependencies)
  addPromptRoutes(routes, dependencies, catalogue, comfyJobs)
  addHistoryRoutes(routes, dependencies, comfyJobs)
  addJobRoutes(routes, dependencies, comfyJobs)
  addInfoRoutes(routes, dependencies, catalogue)
  addSettingsRoutes(routes, dependencies)
  addLogRoutes(routes, dependencies, live)
  addModelRoutes(routes, dependencies)
  addTemplateRoutes(routes, dependencies, catalogue)
  addKritaRoutes(routes, dependencies, live)

  const router = Router()
  router.use('/api/v2', createComfyV2(dependencies, catalogue, assets))
  router.use('/api', createComfyAssets(dependencies, assets))
  router.use('/api', routes, (request) => {
    throw new ComfyRefusal(404, {
      error: {
        type: 'not_found',
        message: `There is nothing at ${request.method} ${request.baseUrl}${request.path}`,
        details: '',
        extra_info: {},
      },
    })
  })
  router.use(routes)
  router.use(answerComfyErrors(log))
  return {
    router,
    nativeRoutes: importRoutes(catalogue, dependencies.folders),
    socket: (socket, request) => {
      live.accept(socket, request)
    },
    close: () => {
      live.close()
    },
  }
}
