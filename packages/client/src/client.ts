import {
  type ArtifactRecord,
  type Download,
  type DownloadRequest,
  type FileRecord,
  type Job,
  type JobDetail,
  type JobMessage,
  type JobPatch,
  type JobState,
  type JsonObject,
  type JsonValue,
  type ModelDetail,
  type ModelFolder,
  type NodeId,
  type PruneRequest,
  type PruneResponse,
  type QueueStatus,
  type RegistryManifest,
  type SaveWorkflowRequest,
  type Settings,
  type SubmitRequest,
  type SubmitResponse,
  type SystemStatus,
  type UploadResponse,
  type ValidateResponse,
  type Workflow,
  type WorkflowArgument,
  type WorkflowRecord,
  type WorkflowSummary,
  type WorkflowTemplate,
  type WorkflowVersion,
  apiPrefix,
} from '@patchbay/engine/workflow'
import { type Http, createHttp } from './http.ts'
import { type Live, type LiveOptions, type SocketConstructor, type SocketLike, followEvents } from './live.ts'

export interface ClientOptions {
  /** The server's origin, e.g. `http://127.0.0.1:8188`; absent in a browser means the page's own. */
  readonly baseUrl?: string
  readonly token?: string
  /** Needed where there is no global WebSocket (Node 20): pass the one of the `ws` package. */
  readonly WebSocket?: SocketConstructor
  readonly fetch?: typeof fetch
}
export interface JobList {
  readonly jobs: readonly Job[]
  readonly total: number
}
/** A foreign workflow as one of ours. */
export interface ImportedWorkflow {
  readonly document: Workflow
  /** What has no counterpart here and stands in the document under its own name, a sentence each. */
  readonly problems: readonly string[]
}
/** One of our documents as a workflow of ComfyUI. */
export interface ExportedWorkflow {
  readonly workflow: JsonObject
  /** What could not be said in it, a sentence each. */
  readonly problems: readonly string[]
}
export interface JobQuery {
  readonly state?: readonly JobState[]
  readonly batch?: string
  readonly workflow?: string
  readonly owner?: string
  /** At most this many (1–500, default 50), newest first. */
  readonly limit?: number
  /** Only jobs with a smaller number: the next page. */
  readonly before?: number
}
export interface SubmitOptions {
  /** The same key within a day gives the same jobs rather than new ones. */
  readonly idempotencyKey?: string
  /** Wait up to this many milliseconds for the jobs to end before answering. */
  readonly waitMs?: number
  readonly signal?: AbortSignal
}
export interface ArtifactQuery {
  readonly job?: string
  readonly kind?: ArtifactRecord['kind']
  readonly limit?: number
  readonly before?: number
}

export type Client = ReturnType<typeof createClient>

/** A typed client of one server. Every call throws `ApiError` when it is refused. */
export function createClient(options: ClientOptions = {}) {
  const baseUrl = (options.baseUrl ?? '').replace(/\/+$/, '')
  const http = createHttp(baseUrl, options.token, options.fetch ?? ((...args) => fetch(...args)))
  return {
    http,
    jobs: jobsOf(http),
    queue: {
      status: () => http.json<QueueStatus>('GET', '/queue'),
      pause: () => http.json<QueueStatus>('POST', '/queue/pause'),
      resume: () => http.json<QueueStatus>('POST', '/queue/resume'),
      /** Cancels everything that waits. */
      clear: () => http.json<{ cancelled: number }>('POST', '/queue/clear'),
    },
    workflows: workflowsOf(http),
    artifacts: artifactsOf(http),
    models: modelsOf(http),
    files: filesOf(http),
    settings: {
      all: () => http.json<Settings>('GET', '/settings'),
      set: (changes: Settings) => http.json<Settings>('PATCH', '/settings', { json: changes }),
      remove: (key: string) => http.json<void>('DELETE', `/settings/${encodeURIComponent(key)}`),
    },
    /** What nodes the server has; the browser's cache makes asking again cheap. */
    manifest: () => http.json<RegistryManifest>('GET', '/nodes'),
    /** The workflows that ship, the one to start with first. */
    templates: () => http.json<{ templates: readonly WorkflowTemplate[] }>('GET', '/templates'),
    /** Turns a workflow of ComfyUI, as it is saved or as it is posted, into one of ours; `problems` tell what has no counterpart. */
    importForeign: (source: JsonValue) =>
      http.json<ImportedWorkflow>('POST', '/workflows/import', { json: { source } }),
    /** Turns one of our documents into a workflow of ComfyUI: as its editor saves it, or as it is posted (`api`). */
    exportForeign: (document: Workflow, to: 'editor' | 'api' = 'editor') =>
      http.json<ExportedWorkflow>('POST', '/workflows/export', { json: { document, to } }),
    system: () => http.json<SystemStatus>('GET', '/system'),
    validate: (document: Workflow, targets?: readonly NodeId[]) =>
      http.json<ValidateResponse>('POST', '/validate', { json: { document, ...(targets ? { targets } : {}) } }),
    /** Follows events from now, or from `after`; connects again and replays by itself. */
    follow: (live: LiveOptions): Live => followEvents(() => openSocket(baseUrl, options), live),
  }
}

function jobsOf(http: Http) {
  const at = (id: string): string => `/jobs/${encodeURIComponent(id)}`
  return {
    submit: (request: SubmitRequest, { idempotencyKey, waitMs, signal }: SubmitOptions = {}) =>
      http.json<SubmitResponse>('POST', '/jobs', {
        json: request,
        query: { wait: waitMs },
        ...(idempotencyKey ? { headers: { 'idempotency-key': idempotencyKey } } : {}),
        ...(signal ? { signal } : {}),
      }),
    list: ({ state, ...query }: JobQuery = {}) =>
      http.json<JobList>('GET', '/jobs', { query: { ...query, state: state?.join(',') } }),
    get: (id: string) => http.json<JobDetail>('GET', at(id)),
    cancel: (id: string) => http.json<Job>('POST', `${at(id)}/cancel`),
    retry: (id: string) => http.json<Job>('POST', `${at(id)}/retry`),
    /** Changes its priority or its place in the queue. */
    change: (id: string, patch: JobPatch) => http.json<Job>('PATCH', at(id), { json: patch }),
    /** Forgets a finished job and what only it kept. */
    remove: (id: string) => http.json<void>('DELETE', at(id)),
    /** Forgets old jobs and removes files that no job refers to; by the server's own rule where nothing is asked. */
    prune: (request: PruneRequest = {}) => http.json<PruneResponse>('POST', '/jobs/prune', { json: request }),
    /** The kept events of one job, after a number. */
    events: (id: string, after = 0) =>
      http.json<{ events: readonly JobMessage[]; next: number }>('GET', `${at(id)}/events`, { query: { after } }),
    /** Answers when it has ended; asks again for as long as it takes. */
    async wait(id: string, signal?: AbortSignal): Promise<JobDetail> {
      for (;;) {
        const job = await http.json<JobDetail>('GET', at(id), {
          query: { wait: 25_000 },
          ...(signal ? { signal } : {}),
        })
        if (job.state !== 'queued' && job.state !== 'running') return job
      }
    },
  }
}

function workflowsOf(http: Http) {
  const at = (id: string): string => `/workflows/${encodeURIComponent(id)}`
  return {
    list: () => http.json<{ workflows: readonly WorkflowSummary[] }>('GET', '/workflows'),
    create: (request: SaveWorkflowRequest) => http.json<WorkflowRecord>('POST', '/workflows', { json: request }),
    get: (id: string, version?: number) => http.json<WorkflowRecord>('GET', at(id), { query: { version } }),
    /** Adds a version; 409 when the server has a newer one than `basedOn`. */
    save: (id: string, request: SaveWorkflowRequest) => http.json<WorkflowRecord>('PUT', at(id), { json: request }),
    remove: (id: string) => http.json<void>('DELETE', at(id)),
    versions: (id: string) => http.json<{ versions: readonly WorkflowVersion[] }>('GET', `${at(id)}/versions`),
    /** What differs between two versions, as the engine's semantic diff. */
    diff: (id: string, from: number, to: number) =>
      http.json<{ readonly [key: string]: JsonValue }>('GET', `${at(id)}/diff`, { query: { from, to } }),
    /** What `run` may be given: names, types, widgets, and what holds otherwise. */
    arguments: (id: string, version?: number) =>
      http.json<{ arguments: readonly WorkflowArgument[] }>('GET', `${at(id)}/arguments`, { query: { version } }),
    /** Runs a saved workflow with values by parameter name. */
    run: (id: string, request: Omit<SubmitRequest, 'document' | 'workflow'> = {}, options: SubmitOptions = {}) =>
      jobsOf(http).submit({ ...request, workflow: { id } }, options),
  }
}

function artifactsOf(http: Http) {
  const path = (hash: string): string => `/artifacts/${encodeURIComponent(hash)}`
  return {
    list: (query: ArtifactQuery = {}) =>
      http.json<{ artifacts: readonly ArtifactRecord[] }>('GET', '/artifacts', { query: { ...query } }),
    /** The address of the bytes; `download` makes the browser save them under the artifact's name. */
    url: (hash: string, download?: string) => http.url(path(hash), { download }),
    /** The address of a picture that fits a square of `size` pixels (16–1024). */
    thumbnailUrl: (hash: string, size = 256) => http.url(`${path(hash)}/thumbnail`, { size }),
    bytes: async (hash: string) => new Uint8Array(await (await http.raw('GET', path(hash))).arrayBuffer()),
    /** The workflow that made it, where the file carries one. */
    workflow: (hash: string) => http.json<{ document: Workflow }>('GET', `${path(hash)}/workflow`),
  }
}

function modelsOf(http: Http) {
  const at = (folder: string, name: string): string =>
    `/models/${encodeURIComponent(folder)}/${name.split('/').map(encodeURIComponent).join('/')}`
  return {
    folders: () => http.json<{ folders: readonly ModelFolder[] }>('GET', '/models'),
    list: (folder: string) =>
      http.json<{ files: readonly FileRecord[] }>('GET', `/models/${encodeURIComponent(folder)}`),
    detail: (folder: string, name: string) => http.json<ModelDetail>('GET', at(folder, name)),
    download: (request: DownloadRequest) => http.json<Download>('POST', '/downloads', { json: request }),
    downloads: () => http.json<{ downloads: readonly Download[] }>('GET', '/downloads'),
    cancelDownload: (id: string) => http.json<void>('DELETE', `/downloads/${encodeURIComponent(id)}`),
  }
}

function filesOf(http: Http) {
  const path = (folder: string, name: string): string =>
    `/files/${encodeURIComponent(folder)}/${name.split('/').map(encodeURIComponent).join('/')}`
  return {
    /** Files that a `file` widget may choose: `input`, `output`, or a model folder. */
    list: (folder: string) =>
      http.json<{ files: readonly FileRecord[] }>('GET', `/files/${encodeURIComponent(folder)}`),
    url: (folder: string, name: string) => http.url(path(folder, name)),
    remove: (folder: string, name: string) => http.json<void>('DELETE', path(folder, name)),
    /** Stores a file under `input`; the same content again gives the file that is there. */
    upload: (file: Blob, name: string, { folder = 'input' } = {}) => {
      const body = new FormData()
      body.set('folder', folder)
      body.set('file', file, name)
      return http.json<UploadResponse>('POST', '/uploads', { body })
    },
  }
}

function openSocket(baseUrl: string, options: ClientOptions): SocketLike {
  const scope: { WebSocket?: SocketConstructor; location?: { origin: string } } = globalThis as object
  const Socket = options.WebSocket ?? scope.WebSocket
  if (!Socket) {
    throw new Error('There is no WebSocket here; pass `WebSocket` to createClient, e.g. the one of the ws package.')
  }
  const origin = baseUrl || (scope.location?.origin ?? '')
  // A browser cannot set headers on an upgrade; the token travels as a subprotocol, which is not written to logs as a URL is.
  const protocols = options.token ? ['patchbay', `bearer.${options.token}`] : ['patchbay']
  return new Socket(`${origin.replace(/^http/, 'ws')}${apiPrefix}/events`, protocols)
}
