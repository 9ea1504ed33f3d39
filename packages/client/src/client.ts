import { type JsonValue, type NodeId, type RegistryManifest, type Workflow, apiPrefix } from '@patchbay/engine/workflow'
import { createApi } from './api.ts'
import { type Artifacts, type Files, type Models, artifactsOf, filesOf, modelsOf } from './files.ts'
import type {
  Cleared,
  ExportedWorkflow,
  ImportedWorkflow,
  QueueStatus,
  Settings,
  SystemStatus,
  TemplateList,
  ValidateResponse,
} from './generated/api.ts'
import { type Jobs, jobsOf } from './jobs.ts'
import { type Live, type LiveOptions, type SocketConstructor, type SocketLike, followEvents } from './live.ts'
import { type Workflows, workflowsOf } from './workflows.ts'

export interface ClientOptions {
  /** The server's origin, e.g. `http://127.0.0.1:8188`; absent in a browser means the page's own. */
  readonly baseUrl?: string
  /** The owner's token, or a viewer's; absent for a server that asks for none. */
  readonly token?: string
  /** Needed where there is no global WebSocket (Node 20): pass the one of the `ws` package. */
  readonly WebSocket?: SocketConstructor
  /** Sends the requests in place of the global `fetch`. */
  readonly fetch?: typeof fetch
}

/** The queue as a whole. */
export interface QueueControl {
  /**
   * How much waits and runs, and on what.
   * @throws ApiError
   */
  status(): Promise<QueueStatus>
  /**
   * Starts no further job.
   * @throws ApiError
   */
  pause(): Promise<QueueStatus>
  /**
   * Starts jobs again.
   * @throws ApiError
   */
  resume(): Promise<QueueStatus>
  /**
   * Cancels everything that waits.
   * @throws ApiError
   */
  clear(): Promise<Cleared>
}

/** What the server remembers for its clients, by names that they choose. */
export interface SettingsControl {
  /**
   * All of them.
   * @throws ApiError
   */
  all(): Promise<Settings>
  /**
   * Changes some; the others stay.
   * @throws ApiError
   */
  set(changes: Settings): Promise<Settings>
  /**
   * Removes one.
   * @throws ApiError
   */
  remove(key: string): Promise<void>
}

/**
 * A typed client of one server. Every call that fails throws `ApiError`, unless its signal was aborted: then the
 * signal's reason.
 */
export interface Client {
  readonly jobs: Jobs
  readonly queue: QueueControl
  readonly workflows: Workflows
  readonly artifacts: Artifacts
  readonly models: Models
  readonly files: Files
  readonly settings: SettingsControl
  /**
   * What nodes the server has; the browser's cache makes asking again cheap.
   * @throws ApiError
   */
  manifest(): Promise<RegistryManifest>
  /**
   * The workflows that ship, the one to start with first.
   * @throws ApiError
   */
  templates(): Promise<TemplateList>
  /**
   * Turns a workflow of ComfyUI, as it is saved or as it is posted, into one of ours; `problems` name what has no
   * counterpart.
   * @throws ApiError `invalid-workflow` for anything else.
   */
  importForeign(source: JsonValue): Promise<ImportedWorkflow>
  /**
   * Turns one of our documents into a workflow of ComfyUI: as its editor saves it, or as it is posted (`api`).
   * @throws ApiError
   */
  exportForeign(document: Workflow, to?: 'editor' | 'api'): Promise<ExportedWorkflow>
  /**
   * The machine, the queue, the devices and the node packs.
   * @throws ApiError
   */
  system(): Promise<SystemStatus>
  /**
   * Everything that is wrong with a document, and what its nodes will take, without queueing it.
   * @throws ApiError
   */
  validate(document: Workflow, targets?: readonly NodeId[]): Promise<ValidateResponse>
  /**
   * Follows events from now, or from `after`; connects again and replays by itself.
   * @throws Error where there is no WebSocket.
   */
  follow(options: LiveOptions): Live
}

/** A client of the server at `baseUrl`. It asks nothing until a method is called. */
export function createClient(options: ClientOptions = {}): Client {
  const baseUrl = (options.baseUrl ?? '').replace(/\/+$/, '')
  const api = createApi(baseUrl, options.token, options.fetch ?? ((...args) => fetch(...args)))
  const jobs = jobsOf(api)
  return {
    jobs,
    queue: {
      status: () => api.call('get', '/api/v1/queue'),
      pause: () => api.call('post', '/api/v1/queue/pause'),
      resume: () => api.call('post', '/api/v1/queue/resume'),
      clear: () => api.call('post', '/api/v1/queue/clear'),
    },
    workflows: workflowsOf(api, jobs),
    artifacts: artifactsOf(api),
    models: modelsOf(api),
    files: filesOf(api),
    settings: {
      all: () => api.call('get', '/api/v1/settings'),
      set: (json) => api.call('patch', '/api/v1/settings', { json }),
      remove: (key) => api.call('delete', '/api/v1/settings/{key}', { path: { key } }),
    },
    manifest: () => api.call('get', '/api/v1/nodes'),
    templates: () => api.call('get', '/api/v1/templates'),
    importForeign: (source) => api.call('post', '/api/v1/workflows/import', { json: { source } }),
    exportForeign: (document, to = 'editor') =>
      api.call('post', '/api/v1/workflows/export', { json: { document, to } }),
    system: () => api.call('get', '/api/v1/system'),
    validate: (document, targets) =>
      api.call('post', '/api/v1/validate', { json: { document, ...(targets ? { targets } : {}) } }),
    follow: (live) => followEvents(() => openSocket(baseUrl, options), live),
  }
}

function openSocket(baseUrl: string, options: ClientOptions): SocketLike {
  const scope: { WebSocket?: SocketConstructor; location?: { origin: string } } = globalThis as object
  const Socket = options.WebSocket ?? scope.WebSocket
  if (!Socket) {
    throw new Error('There is no WebSocket here; pass `WebSocket` to createClient, e.g. the one of the ws package.')
  }
  const origin = baseUrl || (scope.location?.origin ?? '')
  // A browser cannot set headers on an upgrade; the token travels as a subprotocol, which no log keeps as it keeps a
  // URL.
  const protocols = options.token ? ['patchbay', `bearer.${options.token}`] : ['patchbay']
  return new Socket(`${origin.replace(/^http/, 'ws')}${apiPrefix}/events`, protocols)
}
