import type { Router } from 'express'
import type { Logger } from 'pino'
import type { Folders } from '../../../storage/folders.ts'
import { refused } from './asset-query.ts'
import { createAssetScan } from './asset-scan.ts'
import type { AssetStore } from './asset-store.ts'

/** The scan of the folders that makes assets of the files there, and forgets those whose files are gone. */
export function addScanRoutes(router: Router, folders: Folders, assets: AssetStore, log: Logger): void {
  const scan = createAssetScan(folders, assets)
  const scanJson = () => {
    const { progress = null, errors } = scan.status()
    return { progress, errors }
  }

  router.post('/assets/seed', async (request, response) => {
    const running = scan.start()
    if (!running) throw refused(409, 'SCAN_RUNNING', 'Another scan is running: wait for it, or cancel it.')
    if (request.query['wait'] !== 'true') {
      running.catch((error: unknown) => log.error({ err: error }, 'the scan of assets failed'))
      response.status(202).json({ status: 'started' })
      return
    }
    await running
    response.json({ status: 'completed', ...scanJson() })
  })
  router.get('/assets/seed/status', (_request, response) => {
    response.json({ state: scan.status().isRunning ? 'RUNNING' : 'IDLE', ...scanJson() })
  })
  router.post('/assets/seed/cancel', (_request, response) => {
    response.json({ status: scan.cancel() ? 'cancelling' : 'idle' })
  })
  router.post('/assets/prune', async (_request, response) => {
    if (scan.status().isRunning) throw refused(409, 'SCAN_RUNNING', 'A scan is running: wait for it, or cancel it.')
    response.json({ status: 'completed', marked: await assets.prune() })
  })
}
