import type { Response, Router } from 'express'
import type { LogLines } from '../../../telemetry/log-lines.ts'
import { accessOf } from '../../../http/current-access.ts'
import { isJsonObject } from '../../../is-json-object.ts'
import { ComfyRefusal } from '../errors/comfy-refusal.ts'
import { type ComfyLive, comfyLogEntry, terminalSize } from '../running/live.ts'

export interface LogRouteDependencies {
  readonly logLines: Pick<LogLines, 'all'>
}

/** The log of the server: its last lines, and whether a client hears the next ones. */
export function addLogRoutes(
  router: Router,
  { logLines }: LogRouteDependencies,
  live: Pick<ComfyLive, 'subscribeToLog'>,
): void {
  // A viewer is not shown what the server does for others.
  const ownLines = (response: Response) => {
    if (accessOf(response).role !== 'owner')
      throw new ComfyRefusal(403, { error: 'The log is shown to the owner alone.' })
    return logLines.all().map(comfyLogEntry)
  }
  router.get('/internal/logs', (_request, response) => {
    response.json(
      ownLines(response)
        .map(({ t, m }) => `${String(t)} - ${String(m)}`)
        .join(''),
    )
  })
  router.get('/internal/logs/raw', (_request, response) => {
    response.json({ entries: ownLines(response), size: terminalSize })
  })
  router.patch('/internal/logs/subscribe', (request, response) => {
    const { clientId, enabled } = isJsonObject(request.body) ? request.body : {}
    if (typeof clientId !== 'string' || typeof enabled !== 'boolean') {
      throw new ComfyRefusal(400, { error: 'The body is { clientId: text, enabled: boolean }.' })
    }
    live.subscribeToLog(clientId, enabled)
    response.json({})
  })
}
