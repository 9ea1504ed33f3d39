import { freemem, platform, totalmem } from 'node:os'
import type { Router } from 'express'
import type { JsonObject } from '@patchbay/engine/workflow'
import type { Folders } from '../../../storage/folders.ts'
import type { Supervisor } from '../../../runner/supervisor.ts'
import { version } from '../../../version.ts'
import type { ComfyCatalogue } from '../catalogue/catalogue.ts'
import { objectInfoOf } from '../classes/comfy-class.ts'
import { ComfyRefusal } from '../errors/comfy-refusal.ts'
import { serverFeatures } from '../running/live.ts'
import { exactJson } from '../prompt/prompt.ts'

/** The version of ComfyUI whose interface this is. */
const comfyVersion = '0.33.0'

export interface InfoRouteDependencies {
  readonly folders: Pick<Folders, 'list' | 'modelFolders'>
  readonly supervisor: Pick<Supervisor, 'devices'>
  readonly config: { readonly uploadLimitBytes: number }
}

/** What there is: nodes, the machine, folders and files. */
export function addInfoRoutes(
  router: Router,
  { folders, supervisor, config }: InfoRouteDependencies,
  catalogue: ComfyCatalogue,
): void {
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
    response.json(systemStats(supervisor))
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

function systemStats(supervisor: Pick<Supervisor, 'devices'>): JsonObject {
  const devices = supervisor.devices().map(({ name, memoryBytes = 0 }, index) => ({
    name,
    type: name.split(':')[0] ?? 'cpu',
    index,
    vram_total: totalmem(),
    vram_free: freemem(),
    torch_vram_total: memoryBytes,
    torch_vram_free: 0,
  }))
  return {
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
  }
}

/** What a server without extensions and with one user says. */
const constantAnswers: readonly (readonly [path: string, answer: object])[] = [
  ['/extensions', []],
  ['/i18n', {}],
  ['/global_subgraphs', {}],
  ['/node_replacements', {}],
  ['/users', { storage: 'server', migrated: true }],
]
