import { type ErrorRequestHandler, Router } from 'express'
import type { Logger } from 'pino'
import { Failure, failureOf } from '../../failure.ts'
import { requireOwnerToChange } from '../../http/access.ts'
import { jsonBody, requireJson } from '../../http/body.ts'
import type { Supervisor } from '../../runner/supervisor.ts'
import type { Folders } from '../../storage/folders.ts'
import type { SettingsStore } from '../../store/settings-store.ts'
import { extrasRoutes } from './answers/extras.ts'
import { type GenerationDependencies, generationRoutes } from './answers/generate.ts'
import { interrogateRoutes } from './answers/interrogate.ts'
import { listRoutes } from './answers/lists.ts'
import { memoryRoutes } from './answers/memory.ts'
import { createStandingSettings, optionRoutes } from './answers/options.ts'
import { pictureInfoRoutes } from './answers/picture-info.ts'
import { type ProgressDependencies, progressRoutes } from './answers/progress.ts'

export interface AutomaticDependencies extends GenerationDependencies, ProgressDependencies {
  readonly folders: Pick<Folders, 'keep' | 'names' | 'pathOf'>
  readonly jobs: GenerationDependencies['jobs'] & ProgressDependencies['jobs']
  readonly queue: GenerationDependencies['queue']
  readonly settings: Pick<SettingsStore, 'get' | 'set'>
  readonly supervisor: Pick<Supervisor, 'free'>
  readonly log: Logger
  readonly config: { readonly bodyLimitBytes: number; readonly pixelLimit: number }
}

/** AUTOMATIC1111's `/sdapi/v1`: text to image, image to image, and what its clients read and set. */
export function createAutomaticSurface(dependencies: AutomaticDependencies): Router {
  const { config, folders, log, settings, supervisor } = dependencies
  const standing = createStandingSettings(settings)
  const routes = Router()
  routes.use(requireOwnerToChange, requireJson, jsonBody(config.bodyLimitBytes))
  routes.use(generationRoutes(dependencies, standing), optionRoutes(folders, standing))
  routes.use(extrasRoutes(dependencies), pictureInfoRoutes(), interrogateRoutes(dependencies))
  routes.use(listRoutes(folders), progressRoutes(dependencies), memoryRoutes(supervisor))
  routes.use((request) => {
    throw new Failure('not-found', `There is nothing at ${request.method} /sdapi/v1${request.path}.`, {
      hint: 'Pictures are made by POST /sdapi/v1/txt2img and /sdapi/v1/img2img, and made larger by /sdapi/v1/extra-single-image.',
    })
  })
  routes.use(answerErrors(log))
  const router = Router()
  router.use('/sdapi/v1', routes)
  return router
}

/** Refusals in the shape that AUTOMATIC1111's clients read. */
const answerErrors =
  (log: Logger): ErrorRequestHandler =>
  (thrown: unknown, request, response, _next) => {
    const failure = failureOf(thrown)
    if (failure.code === 'internal') log.error({ err: thrown, path: request.path }, 'request failed')
    if (failure.retryAfter !== undefined) response.setHeader('retry-after', String(failure.retryAfter))
    const detail = [failure.message, failure.hint].filter(Boolean).join(' ')
    response.status(failure.status === 400 ? 422 : failure.status)
    response.json({ error: failure.code, detail, body: '', errors: detail })
  }
