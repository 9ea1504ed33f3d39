import type { Api } from './api.ts'
import type {
  ArtifactList,
  Download,
  DownloadRequest,
  Downloads,
  FileList,
  ModelDetail,
  ModelFolders,
  UploadResponse,
  WorkflowDocument,
  operations,
} from './generated/api.ts'

/** Which kept files to list: `limit` of them (1–500, default 100), newest first. */
export type ArtifactQuery = NonNullable<operations['getArtifacts']['parameters']['query']>

/** Files that jobs kept, by the hash of their content. */
export interface Artifacts {
  /**
   * Kept files, newest first.
   * @throws ApiError
   */
  list(query?: ArtifactQuery): Promise<ArtifactList>
  /** The address of the bytes; `download` makes the browser save them under that name. */
  url(hash: string, download?: string): string
  /** The address of a picture that fits a square of `size` pixels (16–1024, default 256). */
  thumbnailUrl(hash: string, size?: number): string
  /**
   * The bytes.
   * @throws ApiError `not-found`.
   */
  bytes(hash: string): Promise<Uint8Array>
  /**
   * The workflow that a picture carries.
   * @throws ApiError `not-found` where it carries none.
   */
  workflow(hash: string): Promise<WorkflowDocument>
}

export function artifactsOf(api: Api): Artifacts {
  return {
    list: (query = {}) => api.call('get', '/api/v1/artifacts', { query }),
    url: (hash, download) => api.url('/api/v1/artifacts/{hash}', { path: { hash }, query: { download } }),
    thumbnailUrl: (hash, size = 256) =>
      api.url('/api/v1/artifacts/{hash}/thumbnail', { path: { hash }, query: { size } }),
    bytes: (hash) => api.bytes('/api/v1/artifacts/{hash}', { path: { hash } }),
    workflow: (hash) => api.call('get', '/api/v1/artifacts/{hash}/workflow', { path: { hash } }),
  }
}

/** Model files on the server, and downloads of more. */
export interface Models {
  /**
   * The model folders.
   * @throws ApiError
   */
  folders(): Promise<ModelFolders>
  /**
   * The files of one.
   * @throws ApiError `not-found`.
   */
  list(folder: string): Promise<FileList>
  /**
   * What the header of a file says, and the hash of the file.
   * @throws ApiError `not-found`.
   */
  detail(folder: string, name: string): Promise<ModelDetail>
  /**
   * Begins to fetch a file from a public address, or a hub as `hf:owner/name/file`.
   * @throws ApiError `forbidden-address`, `conflict`.
   */
  download(request: DownloadRequest): Promise<Download>
  /**
   * Downloads since the server started, newest first.
   * @throws ApiError
   */
  downloads(): Promise<Downloads>
  /**
   * Stops a download; what has come is kept to go on from.
   * @throws ApiError `not-found`.
   */
  cancelDownload(id: string): Promise<void>
}

export function modelsOf(api: Api): Models {
  return {
    folders: () => api.call('get', '/api/v1/models'),
    list: (folder) => api.call('get', '/api/v1/models/{folder}', { path: { folder } }),
    detail: (folder, name) => api.call('get', '/api/v1/models/{folder}/{name}', { path: { folder, name } }),
    download: (json) => api.call('post', '/api/v1/downloads', { json }),
    downloads: () => api.call('get', '/api/v1/downloads'),
    cancelDownload: (id) => api.call('delete', '/api/v1/downloads/{id}', { path: { id } }),
  }
}

/** Files that a `file` widget may choose. */
export interface Files {
  /**
   * Those in `input`, `output` or a model folder.
   * @throws ApiError `not-found`.
   */
  list(folder: string): Promise<FileList>
  /** The address of the bytes of a file in `input` or `output`. */
  url(folder: string, name: string): string
  /**
   * Removes a file from `input`.
   * @throws ApiError `not-found`.
   */
  remove(folder: string, name: string): Promise<void>
  /**
   * Keeps a file in `input`; the same content again gives the file that is there.
   * @throws ApiError `too-large`, `wrong-file-type`.
   */
  upload(file: Blob, name: string): Promise<UploadResponse>
}

export function filesOf(api: Api): Files {
  return {
    list: (folder) => api.call('get', '/api/v1/files/{folder}', { path: { folder } }),
    url: (folder, name) => api.url('/api/v1/files/{folder}/{name}', { path: { folder, name } }),
    remove: (folder, name) => api.call('delete', '/api/v1/files/{folder}/{name}', { path: { folder, name } }),
    upload: (file, name) => api.call('post', '/api/v1/uploads', { form: { name, file } }),
  }
}
