import type { Folders } from '../../storage/folders.ts'
import type { Downloads } from '../../storage/downloads.ts'
import { notFound } from '../../failure.ts'
import { type Route, route } from '../../http/route.ts'

export interface ModelRouteDependencies {
  readonly folders: Pick<Folders, 'detail' | 'list' | 'modelFolders' | 'names'>
  readonly downloads: Pick<Downloads, 'cancel' | 'list' | 'start'>
}

export function modelRoutes({ folders, downloads }: ModelRouteDependencies): Route[] {
  const modelFolder = (name: string): string => {
    if (!folders.modelFolders().includes(name)) throw notFound('model folder', name)
    return name
  }
  return [
    route({
      method: 'get',
      path: '/models',
      tag: 'models',
      summary: 'The model folders.',
      answer: 'ModelFolders',
      run: async () => ({
        folders: await Promise.all(
          folders.modelFolders().map(async (name) => ({ name, files: (await folders.names(name)).length })),
        ),
      }),
    }),
    route({
      method: 'get',
      path: '/models/:folder',
      tag: 'models',
      summary: 'The files of a model folder.',
      answer: 'FileList',
      run: async ({ params: { folder = '' } }) => ({ files: await folders.list(modelFolder(folder)) }),
    }),
    route({
      method: 'get',
      path: '/models/:folder/*name',
      tag: 'models',
      summary: 'What the header of a model file says, and its hash.',
      answer: 'ModelDetail',
      run: ({ params: { folder = '', name = '' } }) => folders.detail(modelFolder(folder), name),
    }),
    route({
      method: 'get',
      path: '/downloads',
      tag: 'models',
      summary: 'Downloads of model files since the server started, newest first.',
      answer: 'Downloads',
      run: () => ({ downloads: downloads.list() }),
    }),
    route({
      method: 'post',
      path: '/downloads',
      tag: 'models',
      summary:
        'Fetch a model file from a public address, or a hub as hf:owner/name/file; resumes, and checks the hash.',
      body: 'DownloadRequest',
      status: 202,
      answer: 'Download',
      run: ({ body }) => downloads.start(body),
    }),
    route({
      method: 'delete',
      path: '/downloads/:id',
      tag: 'models',
      summary: 'Stop a download; what has come is kept to go on from.',
      run({ params: { id = '' } }) {
        downloads.cancel(id)
      },
    }),
  ]
}
