import {
  createClient,
  type Client,
  type ApiErrorBody,
  type ArtifactRecord,
  type Job,
  type JobEvent,
  type JobMessage,
  type QueueStatus,
  type SaveWorkflowRequest,
  type ServerMessage,
  type SubmitRequest,
  type WorkflowRecord,
  type WorkflowTemplate,
} from '@patchbay/client'
import {
  apiPrefix,
  encodePreviewFrame,
  type JsonValue,
  type PreviewHeader,
  type RegistryManifest,
  type WireRunEvent,
} from '@patchbay/engine/workflow'
import { testManifest } from './manifests.ts'

export interface SeenRequest {
  readonly method: string
  /** Below the API's prefix, without the query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly body: unknown
}
type Answer = (request: SeenRequest) => unknown

/** Thrown by an answer: the refusal that a server would send. */
export class Refusal extends Error {
  readonly status: number
  readonly error: ApiErrorBody['error']
  constructor(status: number, error: ApiErrorBody['error']) {
    super(error.message)
    this.status = status
    this.error = error
  }
}

const idleQueue: QueueStatus = { paused: false, queued: 0, running: 0, capacity: 100, devices: [] }

/** As much of a server as the editor asks for, in memory, behind the real client. */
export class MemoryServer {
  readonly client: Client
  readonly requests: SeenRequest[] = []
  manifest: RegistryManifest = testManifest
  templates: WorkflowTemplate[] = []
  jobs: Job[] = []
  artifacts: ArtifactRecord[] = []
  readonly settings: Record<string, JsonValue> = {}
  readonly documents = new Map<string, WorkflowRecord[]>()
  readonly files = new Map<string, string[]>([['checkpoints', ['mini.safetensors']]])
  queue: QueueStatus = idleQueue
  /** False: every request fails as if nobody listened. */
  isReachable = true
  private readonly answers = new Map<string, Answer>()
  private readonly events: JobMessage[] = []
  private socket: FakeSocket | undefined
  private seq = 0

  private readonly routes: { readonly [route: string]: Answer } = {
    'GET /nodes': () => this.manifest,
    'GET /templates': () => ({ templates: this.templates }),
    'GET /queue': () => this.queue,
    'POST /queue/pause': () => (this.queue = { ...this.queue, paused: true }),
    'POST /queue/resume': () => (this.queue = { ...this.queue, paused: false }),
    'POST /queue/clear': () => ({ cancelled: 0 }),
    'POST /validate': () => ({ ok: true, issues: [], estimates: [] }),
    'GET /jobs': () => ({ jobs: this.jobs, total: this.jobs.length }),
    'POST /jobs': ({ body }) => ({ jobs: this.submit(body as SubmitRequest), warnings: [] }),
    'GET /jobs/:id': ({ path }) => ({ ...this.jobOf(path), document: { nodes: {} }, files: [], timeline: [] }),
    'GET /jobs/:id/events': ({ path, query }) => {
      const job = this.jobOf(path).id
      const after = Number(query.get('after') ?? 0)
      const events = this.events.filter((one) => one.job === job && (one.seq ?? 0) > after)
      return { events, next: events.at(-1)?.seq ?? after }
    },
    'POST /jobs/:id/cancel': ({ path }) => this.jobOf(path),
    'POST /jobs/:id/retry': ({ path }) => this.jobOf(path),
    'PATCH /jobs/:id': ({ path }) => this.jobOf(path),
    'DELETE /jobs/:id': () => ({}),
    'GET /artifacts': ({ query }) => ({
      artifacts: this.artifacts
        .filter(({ createdAt }) => createdAt < Number(query.get('before') ?? Infinity))
        .slice(0, Number(query.get('limit') ?? 100)),
    }),
    'GET /settings': () => this.settings,
    'PATCH /settings': ({ body }) => Object.assign(this.settings, body),
    'GET /files/:folder': ({ path }) => {
      const folder = path.split('/')[2] ?? ''
      const names = this.files.get(folder) ?? []
      return { files: names.map((name) => ({ folder, name, bytes: 1, modifiedAt: 0 })) }
    },
    'POST /uploads': ({ body }) => {
      const file = body instanceof FormData ? body.get('file') : undefined
      const name = file instanceof File ? file.name : 'unnamed'
      this.files.set('input', [...(this.files.get('input') ?? []), name])
      return { folder: 'input', name, bytes: 1, modifiedAt: 0, hash: 'sha256:0' }
    },
    'GET /workflows': () => ({ workflows: [...this.documents.values()].flatMap((versions) => versions.at(-1) ?? []) }),
    'POST /workflows': ({ body }) => this.save(`w${this.documents.size + 1}`, body as SaveWorkflowRequest),
    'GET /workflows/:id': ({ path, query }) => this.document(path, query.get('version')),
    'GET /workflows/:id/versions': ({ path }) => ({
      versions: (this.documents.get(path.split('/')[2] ?? '') ?? []).map(({ version }) => ({
        version,
        createdAt: 0,
        hash: 'x',
      })),
    }),
    'PUT /workflows/:id': ({ path, body }) => {
      const request = body as SaveWorkflowRequest
      const newest = this.document(path, null).version
      if (request.basedOn !== undefined && request.basedOn < newest)
        throw new Refusal(409, { code: 'conflict', message: 'A newer version is there.' })
      return this.save(path.split('/')[2] ?? '', request)
    },
    'DELETE /workflows/:id': ({ path }) => void this.documents.delete(path.split('/')[2] ?? ''),
  }

  constructor() {
    // The client makes its socket by `new`; a constructor that returns an object gives that one.
    const open = (socket: FakeSocket): void => void (this.socket = socket)
    class Socket extends FakeSocket {
      constructor() {
        super()
        open(this)
      }
    }
    this.client = createClient({
      baseUrl: 'http://test',
      fetch: (input, init) => this.fetch(String(input), init),
      WebSocket: Socket,
    })
  }

  /** Answers a route, such as `POST /jobs`, another way; `:id` stands for any part of a path. */
  on(route: string, answer: Answer): void {
    this.answers.set(route, answer)
  }

  requestsTo(route: string): SeenRequest[] {
    return this.requests.filter((one) => matches(route, one))
  }

  connect(): void {
    this.send({ type: 'hello', seq: this.seq, store: 'memory', version: '0' })
  }

  disconnect(): void {
    this.socket?.onclose?.({} as never)
  }

  send(message: ServerMessage): void {
    this.socket?.onmessage?.({ data: JSON.stringify(message) } as never)
  }

  /** Something happens to a job: it is kept, and told to who listens. */
  event(job: string, event: JobEvent | WireRunEvent, at = 1000 + this.seq): void {
    this.seq++
    const message: JobMessage = { type: 'job', job, seq: this.seq, at, event }
    this.events.push(message)
    this.send(message)
  }

  preview(header: PreviewHeader, picture: Uint8Array): void {
    const frame = encodePreviewFrame(header, picture)
    this.socket?.onmessage?.({ data: frame.buffer } as never)
  }

  private async fetch(address: string, init: RequestInit = {}): Promise<Response> {
    if (!this.isReachable) throw new TypeError('fetch failed')
    const url = new URL(address)
    const request: SeenRequest = {
      method: init.method ?? 'GET',
      path: url.pathname.slice(apiPrefix.length),
      query: url.searchParams,
      body: typeof init.body === 'string' ? JSON.parse(init.body) : init.body,
    }
    this.requests.push(request)
    const special = [...this.answers].find(([route]) => matches(route, request))
    const usual = Object.entries(this.routes).find(([route]) => matches(route, request))
    const answer = special?.[1] ?? usual?.[1]
    try {
      if (!answer) throw new Refusal(404, { code: 'not-found', message: `No ${request.method} ${request.path} here.` })
      return Response.json((await answer(request)) ?? {})
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return Response.json({ error: error.error }, { status: error.status })
    }
  }

  private document(path: string, version: string | null): WorkflowRecord {
    const versions = this.documents.get(path.split('/')[2] ?? '') ?? []
    const record = version === null ? versions.at(-1) : versions[Number(version) - 1]
    if (!record) throw new Refusal(404, { code: 'not-found', message: 'There is no such workflow.' })
    return record
  }

  save(id: string, { document, name = '' }: SaveWorkflowRequest): WorkflowRecord {
    const versions = this.documents.get(id) ?? []
    const record = { id, name, tags: [], version: versions.length + 1, createdAt: 0, updatedAt: 0, document }
    this.documents.set(id, [...versions, record])
    return record
  }

  private jobOf(path: string): Job {
    const id = path.split('/')[2] ?? ''
    const job = this.jobs.find((one) => one.id === id)
    if (!job) throw new Refusal(404, { code: 'not-found', message: `There is no job ${id}.` })
    return job
  }

  /** One job, or one for each combination of a batch. */
  private submit({ batch, name }: SubmitRequest): Job[] {
    const groups = batch?.groups ?? []
    const count = groups.reduce((product, group) => product * (group[0]?.values.length ?? 1), 1)
    const added = Array.from({ length: count }, () => this.addJob(name === undefined ? {} : { name }))
    return added
  }

  /** Adds a job; the newest comes first in the list. */
  addJob(more: Partial<Job> = {}): Job {
    const number = this.jobs.length + 1
    const job: Job = {
      id: `job${number}`,
      number,
      state: 'queued',
      owner: '',
      priority: 0,
      createdAt: 0,
      attempts: 0,
      artifacts: 0,
      ...more,
    }
    this.jobs = [job, ...this.jobs]
    this.event(job.id, { type: 'job-queued', job })
    return job
  }
}

function matches(route: string, { method, path }: SeenRequest): boolean {
  const [verb, pattern = ''] = route.split(' ')
  const parts = pattern.split('/')
  const given = path.split('/')
  return (
    verb === method &&
    parts.length === given.length &&
    parts.every((part, index) => part.startsWith(':') || part === given[index])
  )
}

class FakeSocket {
  binaryType = ''
  readonly readyState = 1
  readonly sent: JsonValue[] = []
  onopen: ((event: never) => void) | null = null
  onmessage: ((event: never) => void) | null = null
  onclose: ((event: never) => void) | null = null
  onerror: ((event: never) => void) | null = null
  send(text: string): void {
    this.sent.push(JSON.parse(text))
  }
  close(): void {
    this.onmessage = null
  }
}
