import { freemem, totalmem } from 'node:os'
import { Router } from 'express'
import type { Supervisor } from '../../../runner/supervisor.ts'

/** `/memory`, and what frees it. */
export function memoryRoutes(supervisor: Pick<Supervisor, 'free'>): Router {
  const routes = Router()
  routes.get('/memory', (_request, response) => {
    const [free, total] = [freemem(), totalmem()]
    response.json({
      ram: { free, used: total - free, total },
      cuda: { error: 'The memory of devices is not counted here.' },
    })
  })
  routes.post('/unload-checkpoint', (_request, response) => {
    supervisor.free(true, false)
    response.json({})
  })
  // Models are loaded when they are needed, and folders are read at each request.
  for (const path of [
    'reload-checkpoint',
    'refresh-checkpoints',
    'refresh-loras',
    'refresh-vae',
    'refresh-embeddings',
  ]) {
    routes.post(`/${path}`, (_request, response) => {
      response.json(null)
    })
  }
  return routes
}
