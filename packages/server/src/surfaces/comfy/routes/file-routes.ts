import type { Request, Router } from 'express'
import { parseJson } from '@patchbay/engine/workflow'
import type { Folders } from '../../../storage/folders.ts'
import { fileAt, sendFile } from '../../../http/send-file.ts'
import { alphaAlone, withAlphaOf } from '../../../storage/alpha.ts'
import { isPlainPath } from '../../../storage/safe-path.ts'
import { convertPicture } from '../../../storage/thumbnail.ts'
import { type Upload, readUpload } from '../../../storage/upload.ts'
import { ComfyRefusal } from '../errors/comfy-refusal.ts'
import { textIn } from './query-values.ts'
import { isJsonObject } from '../../../is-json-object.ts'

const folderTypes = ['input', 'output', 'temp'] as const
type FolderType = (typeof folderTypes)[number]
const folderTypeOf = (name: string | undefined, fallback: FolderType): FolderType => {
  const type = folderTypes.find((known) => known === (name || fallback))
  if (!type) throw new ComfyRefusal(400, { error: 'type must be input, output or temp' })
  return type
}

export interface FileRouteDependencies {
  readonly folders: Pick<Folders, 'file' | 'keep'>
  readonly config: {
    readonly uploadLimitBytes: number
    readonly pixelLimit: number
  }
}

/** Pictures in and out. */
export function addFileRoutes(router: Router, { folders, config }: FileRouteDependencies): void {
  router.get('/view', async (request, response) => {
    const given = textIn(request.query['filename'])
    if (given === undefined) throw new ComfyRefusal(404, { error: 'filename is missing' })
    // `name.png [input]` says its folder itself.
    const [, bare = given, annotated] = /^(.*) \[(\w+)\]$/.exec(given) ?? []
    const type = folderTypeOf(annotated ?? textIn(request.query['type']), 'output')
    const subfolder = textIn(request.query['subfolder']) ?? ''
    const name = subfolder === '' ? bare : `${subfolder.replace(/\/+$/, '')}/${bare}`
    if (bare === '' || bare.startsWith('/') || !isPlainPath(bare))
      throw new ComfyRefusal(400, { error: 'Invalid filename' })
    const file = await folders.file(type, name)
    const preview = /^(webp|jpeg)(?:;(\d{1,3}))?$/.exec(textIn(request.query['preview']) ?? '')
    const channel = textIn(request.query['channel'])
    if (channel === 'a' && !preview) {
      response.type('image/png').send(await alphaAlone(file.path, config.pixelLimit))
      return
    }
    if (preview || channel === 'rgb' || channel === 'a') {
      const format = preview ? (preview[1] === 'jpeg' ? 'jpeg' : 'webp') : 'png'
      const quality = Math.min(100, Math.max(1, Number(preview?.[2] ?? 90)))
      const picture = await convertPicture(file.path, { format, quality, pixelLimit: config.pixelLimit, channel })
      response.type(`image/${format}`).send(picture)
      return
    }
    await sendFile(request, response, {
      open: fileAt(file.path),
      bytes: file.bytes,
      name: bare,
      mime: file.mime ?? 'application/octet-stream',
    })
  })

  async function upload(
    request: Request,
    change: (bytes: Buffer, fields: Upload['fields']) => Promise<Buffer> | Buffer = (bytes) => bytes,
  ): Promise<{ name: string; subfolder: string; type: string }> {
    const { file, fields } = await readUpload(request, config.uploadLimitBytes)
    const type = folderTypeOf(fields['type'], 'input')
    const subfolder = (fields['subfolder'] ?? '').replace(/\/+$/, '')
    if (file.name === '' || file.bytes.length === 0) throw new ComfyRefusal(400, { error: 'The upload is empty' })
    const overwrite = ['true', '1'].includes(fields['overwrite'] ?? '')
    const path = subfolder === '' ? file.name : `${subfolder}/${file.name}`
    if (!isPlainPath(path)) throw new ComfyRefusal(400, { error: 'The name leaves its folder' })
    const kept = await folders.keep(type, path, await change(file.bytes, fields), overwrite)
    const at = kept.name.lastIndexOf('/')
    return { name: kept.name.slice(at + 1), subfolder, type }
  }
  router.post('/upload/image', async (request, response) => {
    response.json(await upload(request))
  })
  // What is kept is the original with the transparency of the upload.
  router.post('/upload/mask', async (request, response) => {
    const kept = await upload(request, async (bytes, fields) => {
      const { path } = await originalFile(folders, fields['original_ref'] ?? fields['originalRef'])
      return withAlphaOf(path, bytes, config.pixelLimit)
    })
    response.json(kept)
  })
}

/**
 * The picture that a mask was painted over: `{ filename, subfolder?, type? }` as JSON. Without a type it is a result,
 * or else an input.
 */
async function originalFile(folders: FileRouteDependencies['folders'], text: string | undefined) {
  const parsed = text === undefined ? undefined : parseJson(text)
  const reference = parsed?.ok && isJsonObject(parsed.value) ? parsed.value : {}
  const { filename, subfolder, type } = reference
  const folder = textIn(subfolder)?.replace(/\/+$/, '') ?? ''
  const name = folder === '' ? textIn(filename) : `${folder}/${String(filename)}`
  if (name === undefined || !isPlainPath(name)) {
    throw new ComfyRefusal(400, { error: 'original_ref must be JSON with the filename of the original picture' })
  }
  if (textIn(type)) return folders.file(folderTypeOf(textIn(type), 'output'), name)
  return folders.file('output', name).catch(() => folders.file('input', name))
}
