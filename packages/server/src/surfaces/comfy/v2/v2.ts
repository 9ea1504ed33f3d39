import { type ErrorRequestHandler, type Response, Router } from 'express'
import type { Logger } from 'pino'
import { Failure, failureOf } from '../../../failure.ts'
import { requireOwnerToChange } from '../../../http/access.ts'
import { jsonBody } from '../../../http/body.ts'
import type { AssetStore } from '../assets/asset-store.ts'
import type { ComfyCatalogue } from '../catalogue/catalogue.ts'
import { ComfyRefusal } from '../errors/comfy-refusal.ts'
import { type AssetRouteDependencies, addAssetRoutes } from './v2-assets.ts'
import { type JobRouteDependencies, addJobRoutes } from './v2-jobs.ts'
import { type OutputRouteDependencies, addOutputRoutes } from './v2-outputs.ts'

export type ComfyV2Dependencies = JobRouteDependencies &
  OutputRouteDependencies &
  AssetRouteDependencies & { readonly log: Logger; readonly config: { readonly bodyLimitBytes: number } }

/** Comfy API v2, `/api/v2`: idempotent jobs that are polled, and what they made by content. */
export function createComfyV2(
  dependencies: ComfyV2Dependencies,
  catalogue: ComfyCatalogue,
  assets: AssetStore,
): Router {
  const { config, log } = dependencies
  const router = Router()
  router.get('/health', (_request, response) => {
    response.json({ status: 'healthy' })
  })
  router.use(requireOwnerToChange, jsonBody(config.bodyLimitBytes, { keepWriting: true, python: true }))
  addJobRoutes(router, dependencies, catalogue, assets)
  addAssetRoutes(router, assets, dependencies)
  // What jobs made is an asset too, by its hash.
  addOutputRoutes(router, dependencies)
  router.use((request, _response, next) => {
    // A route of the older interface, which has a 2 in its name.
    if (request.path === '/userdata') return next('router')
    throw new Failure('not-found', `There is nothing at ${request.method} ${request.path}.`)
  })
  router.use(answerErrors(log))
  return router
}

function answerErrors(log: Logger): ErrorRequestHandler {
  return (thrown: unknown, request, response: Response, _next) => {
    if (thrown instanceof ComfyRefusal) {
      response.status(thrown.status).json(thrown.body)
      return
    }
    const failure = failureOf(thrown)
    if (failure.code === 'internal') log.error({ err: thrown, path: request.path }, 'request failed')
    if (failure.retryAfter !== undefined) response.setHeader('retry-after', String(failure.retryAfter))
    const { code, message, hint } = failure
    response.status(failure.status).json({ error: { code: code.replaceAll('-', '_'), message, details: { hint } } })
  }
}
