import type { Router } from 'express'
import type { JsonValue } from '@patchbay/engine/workflow'
import type { SettingsStore } from '../../../store/settings-store.ts'
import { isJsonObject } from '../../../is-json-object.ts'
import { ComfyRefusal } from '../errors/comfy-refusal.ts'

export interface SettingsRouteDependencies {
  readonly settings: Pick<SettingsStore, 'all' | 'get' | 'set'>
}

/** Settings of a client: small JSON by key. */
export function addSettingsRoutes(router: Router, { settings }: SettingsRouteDependencies): void {
  router.get('/settings', async (_request, response) => {
    response.json(await settings.all())
  })
  router.post('/settings', async (request, response) => {
    if (!isJsonObject(request.body)) throw new ComfyRefusal(400, { error: 'Settings are an object' })
    await settings.set(request.body)
    response.json({})
  })
  router.get('/settings/:id', async (request, response) => {
    response.json((await settings.get(request.params.id)) ?? null)
  })
  router.post('/settings/:id', async (request, response) => {
    const value: JsonValue = request.body ?? null
    await settings.set({ [request.params.id]: value })
    response.json({})
  })
}
