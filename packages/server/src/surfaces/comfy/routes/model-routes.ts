import { stat } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { Router } from 'express'
import { type Folders, extensionsOf } from '../../../storage/folders.ts'
import { safetensorsHeader } from '../../../storage/model-detail.ts'
import { confinedPath } from '../../../storage/safe-path.ts'
import { convertPicture } from '../../../storage/thumbnail.ts'
import { ComfyRefusal } from '../errors/comfy-refusal.ts'
import { isJsonObject } from '../../../is-json-object.ts'

/** Headers are read whole; past this, a file is said to have no metadata. */
const longestHeader = 1_048_576
/** What folders were called before, and clients still ask for. */
const olderNames: { readonly [older: string]: string | undefined } = { clip: 'text_encoders', unet: 'diffusion_models' }

/** Folders of ComfyUI that no node here opens: they are known, and empty. Two of them hold no models. */
const idleFolders = [
  'configs',
  'custom_nodes',
  'latent_upscale_models',
  'model_patches',
  'audio_encoders',
  'background_removal',
  'frame_interpolation',
  'geometry_estimation',
  'optical_flow',
  'detection',
]
const withoutModels = ['configs', 'custom_nodes']

/** The files of models: their names, where they lie by number, what their headers say, and the pictures beside them. */
export interface ModelRouteDependencies {
  readonly folders: Pick<Folders, 'file' | 'modelFolders' | 'names' | 'rootsOf'>
  readonly config: { readonly pixelLimit: number }
}

export function addModelRoutes(router: Router, { folders, config }: ModelRouteDependencies): void {
  function knownFolder(asked: string): string {
    const name = olderNames[asked] ?? asked
    if (!folders.modelFolders().includes(name)) throw new ComfyRefusal(404, { error: 'There is no such model folder' })
    return name
  }

  router.get('/embeddings', async (_request, response) => {
    response.json((await folders.names('embeddings')).map((name) => name.replace(/\.[^./]+$/, '')))
  })
  const isIdle = (folder: string): boolean => idleFolders.includes(folder) && !folders.modelFolders().includes(folder)
  router.get('/models', (_request, response) => {
    response.json([...new Set([...folders.modelFolders(), ...idleFolders])])
  })
  router.get('/models/:folder', async (request, response) => {
    if (isIdle(request.params.folder)) response.json([])
    else response.json(await folders.names(knownFolder(request.params.folder)))
  })
  // Where the folders lie is nobody's business: each place bears the name of its folder.
  router.get('/experiment/models', (_request, response) => {
    const described = folders
      .modelFolders()
      .map((name) => ({ name, folders: folders.rootsOf(name).map(() => name), extensions: extensionsOf(name) }))
    const idle = idleFolders
      .filter((name) => isIdle(name) && !withoutModels.includes(name))
      .map((name) => ({ name, folders: [name], extensions: extensionsOf(name) }))
    response.json([...described, ...idle])
  })
  router.get('/experiment/models/:folder', async (request, response) => {
    if (isIdle(request.params.folder)) {
      response.json([])
      return
    }
    const folder = knownFolder(request.params.folder)
    const places = await Promise.all(
      folders.rootsOf(folder).map(async (root, pathIndex) => {
        const names = await folders.names(folder, pathIndex)
        return Promise.all(
          names.map(async (name) => {
            // One that goes while it is listed, or leads out of its folder, is left out.
            const stats = await confinedPath(root, name)
              .then((path) => stat(path))
              .catch(() => undefined)
            if (!stats) return []
            const { mtimeMs, birthtimeMs, size } = stats
            return [{ name, pathIndex, modified: mtimeMs / 1000, created: birthtimeMs / 1000, size }]
          }),
        )
      }),
    )
    response.json(places.flat(2))
  })
  router.get('/experiment/models/preview/:folder/:place/*file', async (request, response) => {
    const { folder, place, file } = request.params
    const root = /^\d+$/.test(place) ? folders.rootsOf(knownFolder(folder))[Number(place)] : undefined
    if (root === undefined) throw new ComfyRefusal(400, { error: 'There is no such place of this model folder' })
    const model = await confinedPath(root, file.join('/'))
    const picture = await pictureBeside(model)
    if (picture === undefined) throw new ComfyRefusal(404, { error: 'There is no picture beside this model' })
    const shown = { format: 'webp', quality: 90, pixelLimit: config.pixelLimit, channel: undefined } as const
    response.type('image/webp').send(await convertPicture(picture, shown))
  })
  router.get('/view_metadata/:folder', async (request, response) => {
    const { filename } = request.query
    if (typeof filename !== 'string' || !filename.endsWith('.safetensors'))
      throw new ComfyRefusal(404, { error: 'Not found' })
    const { path } = await folders.file(knownFolder(request.params.folder), filename)
    const { __metadata__: metadata } = await safetensorsHeader(path, longestHeader)
    if (!isJsonObject(metadata)) throw new ComfyRefusal(404, { error: 'The file has no metadata' })
    response.json(metadata)
  })
}

/** `name.png` or `name.preview.png`, and the like, beside `name.safetensors`. */
async function pictureBeside(model: string): Promise<string | undefined> {
  const stem = model.replace(/\.[^./\\]+$/, '')
  const endings = ['png', 'jpg', 'jpeg', 'webp', 'gif'].flatMap((ending) => [`.preview.${ending}`, `.${ending}`])
  for (const ending of endings) {
    const path = await confinedPath(dirname(stem), `${basename(stem)}${ending}`)
    if (
      await stat(path)
        .then((stats) => stats.isFile())
        .catch(() => false)
    )
      return path
  }
  return undefined
}
