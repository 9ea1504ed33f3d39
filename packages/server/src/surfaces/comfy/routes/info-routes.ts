import { freemem, platform, totalmem } from 'node:os'
import type { Response, Router } from 'express'
import type { JsonValue } from '@patchbay/engine/workflow'
import type { Folders } from '../../../storage/folders.ts'
import type { SettingsStore } from '../../../store/settings-store.ts'
import type { Supervisor } from '../../../runner/supervisor.ts'
import type { LogLines } from '../../../telemetry/log-lines.ts'
import { accessOf } from '../../../http/current-access.ts'
import { version } from '../../../version.ts'
import type { ComfyCatalogue } from '../catalogue/catalogue.ts'
import { objectInfoOf } from '../classes/comfy-class.ts'
import { ComfyRefusal } from '../errors/comfy-refusal.ts'
import { type ComfyLive, comfyLogEntry, serverFeatures, terminalSize } from '../running/live.ts'
import { isJsonObject } from '../../../is-json-object.ts'
import { exactJson } from '../prompt/prompt.ts'

/** The version of ComfyUI whose interface this is. */
const comfyVersion = '0.33.0'

export interface InfoRouteDependencies {
  readonly folders: Pick<Folders, 'list' | 'modelFolders'>
  readonly settings: Pick<SettingsStore, 'all' | 'get' | 'set'>
  readonly supervisor: Pick<Supervisor, 'devices'>
  readonly logLines: Pick<LogLines, 'all'>
  readonly config: { readonly uploadLimitBytes: number }
}

/** What there is: nodes, the machine, the log; and settings, which are small JSON by key. */
export function addInfoRoutes(
  router: Router,
  dependencies: InfoRouteDependencies,
  catalogue: ComfyCatalogue,
  live: ComfyLive,
): void {
  const { folders, settings, supervisor, config, logLines } = dependencies

  router.get('/object_info', async (_request, response) => {
    const { classes, choicesOf } = await catalogue.context()
    const all = [...classes.values()].map((known) => [known.name, objectInfoOf(known, choicesOf)])
    response.type('application/json').send(exactJson(Object.fromEntries(all)))
  })
  router.get('/object_info/:name', async (request, response) => {
    const { classes, choicesOf } = await catalogue.context()
    const known = classes.get(request.params.name)
    response.type('application/json').send(exactJson(known ? { [known.name]: objectInfoOf(known, choicesOf) } : {}))
  })

  router.get('/system_stats', (_request, response) => {
    const devices = supervisor.devices().map(({ name, memoryBytes = 0 }, index) => ({
      name,
      type: name.split(':')[0] ?? 'cpu',
      index,
      vram_total: totalmem(),
      vram_free: freemem(),
      torch_vram_total: memoryBytes,
      torch_vram_free: 0,
    }))
    response.json({
      system: {
        os: platform(),
        ram_total: totalmem(),
        ram_free: freemem(),
        comfyui_version: comfyVersion,
        required_frontend_version: null,
        installed_templates_version: null,
        required_templates_version: null,
        comfy_package_versions: [],
        python_version: `none (Patchbay ${version} on Node ${process.version})`,
        pytorch_version: 'none',
        embedded_python: false,
        deploy_environment: 'local',
        argv: ['patchbay'],
      },
      devices,
    })
  })
  router.get('/features', (_request, response) => {
    response.json(serverFeatures(config.uploadLimitBytes))
  })

  for (const [path, answer] of constantAnswers) {
    router.get(path, (_request, response) => {
      response.json(answer)
    })
  }
  router.get('/global_subgraphs/:id', (_request, response) => {
    response.json(null)
  })
  router.post('/users', () => {
    throw new ComfyRefusal(400, { error: 'This server has one user.' })
  })

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
  // Where the folders lie is nobody's business; their names are what clients look for.
  router.get('/internal/folder_paths', (_request, response) => {
    response.json(Object.fromEntries(folders.modelFolders().map((name) => [name, [name]])))
  })
  router.get('/internal/files/:folder', async (request, response) => {
    const { folder } = request.params
    if (folder !== 'input' && folder !== 'output' && folder !== 'temp') {
      throw new ComfyRefusal(400, { error: 'The folder must be input, output or temp' })
    }
    const files = [...(await folders.list(folder))].sort((a, b) => b.modifiedAt - a.modifiedAt)
    response.json(files.map(({ name }) => `${name} [${folder}]`))
  })
}

/** What a server without extensions and with one user says. */
const constantAnswers: readonly (readonly [path: string, answer: object])[] = [
  ['/extensions', []],
  ['/i18n', {}],
  ['/global_subgraphs', {}],
  ['/node_replacements', {}],
  ['/users', { storage: 'server', migrated: true }],
]
