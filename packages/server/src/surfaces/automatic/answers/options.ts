import { Router } from 'express'
import type { JsonValue } from '@patchbay/engine/workflow'
import type { SettingsStore } from '../../../store/settings-store.ts'
import type { Folders } from '../../../storage/folders.ts'
import { Failure } from '../../../failure.ts'
import { isJsonObject } from '../../../is-json-object.ts'
import { type Listing, fileNamed, listingOf, presentFiles } from '../request/file-names.ts'
import { type ActingSettings, actingSettings, settingsOf } from '../request/settings.ts'

const keyOf = (setting: string): string => (setting === 'sd_model_checkpoint' ? 'sdapi.checkpoint' : `sdapi.${setting}`)

/** The settings that hold for every request that says nothing else, kept over restarts. */
export interface StandingSettings {
  /** A file that was chosen and is gone is left out: it fails no request. */
  get(listing: Listing): Promise<ActingSettings>
  set(changes: ActingSettings): Promise<void>
}

export function createStandingSettings(settings: Pick<SettingsStore, 'get' | 'set'>): StandingSettings {
  return {
    async get(listing) {
      const entries = await Promise.all(
        actingSettings.map(async (name) => [name, await settings.get(keyOf(name))] as const),
      )
      const kept = settingsOf(Object.fromEntries(entries.filter(([, value]) => value !== undefined)), 'options')
      const { sd_model_checkpoint: checkpoint, sd_vae: vae, ...others } = kept
      const isThere = (name: string | undefined, names: readonly string[]) =>
        name !== undefined && fileNamed(name, names) !== undefined
      return {
        ...others,
        ...(isThere(checkpoint, listing.checkpoints) && { sd_model_checkpoint: checkpoint }),
        ...(isThere(vae, listing.vae) && { sd_vae: vae }),
      }
    },
    async set(changes) {
      const entries = Object.entries(changes).flatMap(([name, value]): [string, JsonValue][] =>
        value === undefined ? [] : [[keyOf(name), value]],
      )
      if (entries.length > 0) await settings.set(Object.fromEntries(entries))
    },
  }
}

/** `/options`: what holds for every request that says nothing else. */
export function optionRoutes(folders: Pick<Folders, 'names'>, standing: StandingSettings): Router {
  const routes = Router()
  routes.get('/options', async (_request, response) => {
    const listing = await listingOf(folders)
    const chosen = await standing.get(listing)
    response.json({
      samples_format: 'png',
      sd_vae: 'Automatic',
      CLIP_stop_at_last_layers: 1,
      img2img_fix_steps: false,
      ...chosen,
      sd_model_checkpoint: chosen.sd_model_checkpoint ?? listing.checkpoints[0] ?? null,
      sd_checkpoint_hash: null,
    })
  })
  routes.post('/options', async (request, response) => {
    const given: unknown = request.body
    if (!isJsonObject(given)) throw new Failure('invalid-request', 'Send the settings to change as one JSON object.')
    const changes = settingsOf(given, 'options')
    const files = presentFiles(await listingOf(folders))
    const { sd_model_checkpoint: checkpoint, sd_vae: vae } = changes
    await standing.set({
      ...changes,
      ...(checkpoint !== undefined && { sd_model_checkpoint: files.file('checkpoints', checkpoint) }),
      ...(vae !== undefined && !['None', 'Automatic'].includes(vae) && { sd_vae: files.file('vae', vae) }),
    })
    response.json(null)
  })
  return routes
}
