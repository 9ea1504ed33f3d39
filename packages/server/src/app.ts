import express, { type Express, type Router } from 'express'
import helmet from 'helmet'
import { apiPrefix } from '@patchbay/engine/workflow'
import type { Dependencies } from './dependencies.ts'
import { measureRequests } from './telemetry/metrics.ts'
import { acceptToken, guardAccess } from './http/access.ts'
import { jsonBody, requireJson } from './http/body.ts'
import type { RequestLimit } from './http/rate-limit.ts'
import { answerErrors, noSuchRoute, withRequestId } from './http/errors.ts'
import { docsPageRoutes } from './surfaces/native/docs-page.ts'
import { fileRoutes } from './surfaces/native/files.ts'
import { jobRoutes } from './surfaces/native/jobs.ts'
import { modelRoutes } from './surfaces/native/models.ts'
import { documentationRoutes } from './http/openapi.ts'
import { type Route, createRouter } from './http/route.ts'
import { systemRoutes } from './surfaces/native/system.ts'
import { templateRoutes } from './surfaces/native/templates.ts'
import { workflowRoutes } from './surfaces/native/workflows.ts'

/** What needs no token: the probes, and the editor's files, which hold nothing of anybody's. */
const isPublic = (path: string): boolean =>
  path === '/healthz' || path === '/readyz' || path === '/' || path.startsWith('/assets/') || path === '/favicon.svg'

export interface Additions {
  /** Each brings its own body reader and shape of errors. */
  readonly surfaces?: readonly Router[]
  /** More routes of the native API. */
  readonly added?: readonly Route[]
  readonly requestLimit: Pick<RequestLimit, 'ofRequests'>
}

/** `added` come from other surfaces. */
export function nativeRoutes(dependencies: Dependencies, added: readonly Route[] = []): Route[] {
  const routes: Route[] = [
    ...jobRoutes(dependencies),
    ...workflowRoutes(dependencies),
    ...templateRoutes(dependencies),
    ...fileRoutes(dependencies),
    ...modelRoutes(dependencies),
    ...systemRoutes(dependencies),
    ...documentationRoutes(() => routes),
    ...docsPageRoutes(),
    ...added,
  ]
  return routes
}

export function createApp(dependencies: Dependencies, { surfaces = [], added = [], requestLimit }: Additions): Express {
  const { config, guard, log, metrics, supervisor } = dependencies
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', 'weak')
  app.set('query parser', 'simple')
  app.use(withRequestId)
  app.use(measureRequests(metrics))
  app.use(securityHeaders(config.isForeignEditor))
  app.use(requestLimit.ofRequests)
  app.use(acceptToken(guard))
  app.use(guardAccess(guard, isPublic))

  app.get('/healthz', (_request, response) => {
    response.json({ ok: true })
  })
  app.get('/readyz', (_request, response) => {
    const ready = supervisor.isReady()
    response.status(ready ? 200 : 503).json({ ok: ready, devices: supervisor.devices().map(({ state }) => state) })
  })
  app.get('/metrics', async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  })
  app.use(
    apiPrefix,
    requireJson,
    jsonBody(config.bodyLimitBytes),
    createRouter(nativeRoutes(dependencies, added)),
    noSuchRoute,
  )
  app.use(apiPrefix, answerErrors(log))
  if (config.editorDirectory !== undefined) {
    app.use(express.static(config.editorDirectory, { index: 'index.html', dotfiles: 'ignore', redirect: false }))
  }
  for (const surface of surfaces) app.use(surface)
  app.use(noSuchRoute)
  app.use(answerErrors(log))
  return app
}

/**
 * Only our own scripts run; styles may be inline, since the editor's canvas makes them as it goes. A foreign editor may
 * be built with scripts within its page and functions made from text.
 */
function securityHeaders(isForeignEditor: boolean) {
  const scripts = isForeignEditor ? ["'unsafe-inline'", "'unsafe-eval'", 'blob:'] : ["'wasm-unsafe-eval'"]
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'script-src': ["'self'", ...scripts],
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'blob:', 'data:'],
        'connect-src': ["'self'", 'ws:', 'wss:'],
        'worker-src': ["'self'", 'blob:'],
        'object-src': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
      },
    },
    crossOriginEmbedderPolicy: false,
    crossOriginResourcePolicy: { policy: 'same-origin' },
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
  })
}
