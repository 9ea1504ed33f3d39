import { z } from 'zod'
import { artifactKind } from '../../api/files.ts'
import { type ArtifactStore, isArtifactHash } from '../../store/artifact-store.ts'
import type { JobStore } from '../../store/job-store.ts'
import type { Folders } from '../../storage/folders.ts'
import { Failure, notFound } from '../../failure.ts'
import { mayShowInline } from '../../storage/sniff.ts'
import { makeThumbnail } from '../../storage/thumbnail.ts'
import { readUpload } from '../../storage/upload.ts'
import { workflowInPicture } from '../../storage/picture-file.ts'
import { type Route, answered, route } from '../../http/route.ts'
import { type ServedFile, fileAt, sendFile } from '../../http/send-file.ts'
import { commaList, count } from '../../http/query-values.ts'

export interface FileRouteDependencies {
  readonly artifacts: Pick<ArtifactStore, 'open' | 'read' | 'size'>
  readonly jobs: Pick<JobStore, 'artifact' | 'artifacts'>
  readonly folders: Pick<Folders, 'file' | 'keep' | 'list' | 'remove'>
  readonly config: { readonly uploadLimitBytes: number; readonly pixelLimit: number }
}

export function fileRoutes(dependencies: FileRouteDependencies): Route[] {
  return [...artifactRoutes(dependencies), uploadRoute(dependencies), ...folderRoutes(dependencies)]
}

function artifactRoutes({
  artifacts,
  jobs,
  config,
}: Pick<FileRouteDependencies, 'artifacts' | 'jobs' | 'config'>): Route[] {
  const artifactFile = (hash: string, name?: string) => servedArtifact({ artifacts, jobs }, hash, name)
  async function bytesOf(hash: string): Promise<Buffer> {
    const bytes = await artifacts.read(hash)
    if (!bytes) throw notFound('artifact', hash)
    return bytes
  }
  return [
    route({
      method: 'get',
      path: '/artifacts',
      tag: 'artifacts',
      summary: 'Kept files, newest first.',
      query: z.object({
        job: z.string().exactOptional(),
        kind: commaList(artifactKind, 10).exactOptional().describe('One kind, or several with commas between.'),
        limit: count(500).default(100),
        before: count(Number.MAX_SAFE_INTEGER).exactOptional(),
      }),
      answer: 'ArtifactList',
      run: async ({ query }) => ({ artifacts: await jobs.artifacts(query) }),
    }),
    route({
      method: 'get',
      path: '/artifacts/:hash',
      tag: 'artifacts',
      summary: 'The bytes of a kept file; ranges work, and it never changes.',
      query: z.object({ download: z.string().max(255).exactOptional() }),
      answer: 'Bytes',
      async run({ params: { hash = '' }, query, request, response }) {
        await sendFile(request, response, await artifactFile(hash, query.download))
        return answered
      },
    }),
    route({
      method: 'get',
      path: '/artifacts/:hash/thumbnail',
      tag: 'artifacts',
      summary: 'A small WebP of a kept picture.',
      query: z.object({ size: z.coerce.number().int().min(16).max(1024).default(256) }),
      answer: 'Bytes',
      async run({ params: { hash = '' }, query, response, signal }) {
        const file = await artifactFile(hash)
        if (!mayShowInline(file.mime) || !file.mime.startsWith('image/'))
          throw new Failure('wrong-file-type', 'Only pictures have thumbnails.')
        const picture = await makeThumbnail(await bytesOf(hash), {
          size: query.size,
          pixelLimit: config.pixelLimit,
          signal,
        })
        response.setHeader('cache-control', 'private, max-age=31536000, immutable')
        response.type('image/webp').send(picture)
        return answered
      },
    }),
    route({
      method: 'get',
      path: '/artifacts/:hash/workflow',
      tag: 'artifacts',
      summary: 'The workflow that a picture carries.',
      answer: 'WorkflowDocument',
      async run({ params: { hash = '' } }) {
        await artifactFile(hash)
        const document = await workflowInPicture(await bytesOf(hash))
        if (!document) throw notFound('workflow in artifact', hash)
        return { document }
      },
    }),
  ]
}

/** A kept file as it is sent; with a name, to be saved under it. */
async function servedArtifact(
  { artifacts, jobs }: Pick<FileRouteDependencies, 'artifacts' | 'jobs'>,
  hash: string,
  name?: string,
): Promise<ServedFile> {
  if (!isArtifactHash(hash)) throw notFound('artifact', hash)
  const record = await jobs.artifact(hash)
  const bytes = await artifacts.size(hash)
  if (!record || bytes === undefined) throw notFound('artifact', hash)
  return {
    open: (range) => artifacts.open(hash, range),
    bytes,
    mime: record.mime,
    name: name || record.name,
    etag: hash,
    ...(name === undefined ? {} : { download: true }),
  }
}

function uploadRoute({ folders, config }: Pick<FileRouteDependencies, 'folders' | 'config'>): Route {
  return route({
    method: 'post',
    path: '/uploads',
    tag: 'files',
    summary: 'Keep a picture or weights for use as an input: a multipart form with `file`, and `folder` (input).',
    form: 'UploadForm',
    status: 201,
    answer: 'UploadResponse',
    async run({ request }) {
      const { file, fields } = await readUpload(request, config.uploadLimitBytes)
      const folder = fields['folder'] ?? 'input'
      if (folder !== 'input') throw new Failure('invalid-request', 'Files can be uploaded to the folder "input" only.')
      return folders.keep(folder, fields['name'] ?? file.name, file.bytes)
    },
  })
}

function folderRoutes({ folders }: Pick<FileRouteDependencies, 'folders'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/files/:folder',
      tag: 'files',
      summary: 'What a file widget may choose in `input`, `output` or a model folder.',
      answer: 'FileList',
      run: async ({ params: { folder = '' } }) => ({ files: await folders.list(folder) }),
    }),
    route({
      method: 'get',
      path: '/files/:folder/*name',
      tag: 'files',
      summary: 'The bytes of a file in `input` or `output`.',
      answer: 'Bytes',
      async run({ params: { folder = '', name = '' }, request, response }) {
        if (folder !== 'input' && folder !== 'output') throw notFound('folder to read from', folder)
        const file = await folders.file(folder, name)
        await sendFile(request, response, {
          open: fileAt(file.path),
          bytes: file.bytes,
          name,
          mime: file.mime ?? 'application/octet-stream',
        })
        return answered
      },
    }),
    route({
      method: 'delete',
      path: '/files/:folder/*name',
      tag: 'files',
      summary: 'Remove a file from `input`.',
      async run({ params: { folder = '', name = '' } }) {
        if (folder !== 'input') throw new Failure('invalid-request', 'Only files in "input" can be removed here.')
        await folders.remove(folder, name)
      },
    }),
  ]
}
