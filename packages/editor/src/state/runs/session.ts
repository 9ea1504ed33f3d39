import { createStore, type StoreApi } from 'zustand/vanilla'
import { isFinished, type JobState, type PreviewHeader, type WireRunEvent } from '@patchbay/engine/workflow'
import type { Client, ConnectionState, Job, JobEvent, JobMessage, QueueStatus } from '@patchbay/client'
import { createRegistry, emptyRegistry, type Registry } from '../registry/registry.ts'
import { applyEvent, applyPreview, startRun, type JobRun } from './run.ts'

export interface SessionState {
  readonly connection: ConnectionState
  readonly queue: QueueStatus | undefined
  /** Newest first. */
  readonly jobs: readonly Job[]
  readonly runs: { readonly [job: string]: JobRun }
  /** How many jobs there are in all. */
  readonly totalJobs: number
}

/** What the editor knows of the server: its nodes, its queue and history, and the runs that are watched. */
export interface Session {
  readonly client: Client
  readonly registry: StoreApi<{
    readonly registry: Registry
    readonly loaded: boolean
    readonly failed: string | undefined
  }>
  readonly store: StoreApi<SessionState>
  /** Reads what a job did so far and follows it from there; pictures of the run before stay until new ones come. */
  readonly catchUp: (job: string, before?: string) => Promise<void>
  readonly loadJobs: () => Promise<void>
  readonly loadMore: () => Promise<void>
  readonly reloadNodes: () => Promise<void>
  readonly close: () => void
}

const runsKept = 12

export function createSession(client: Client): Session {
  const registry: Session['registry'] = createStore(() => ({
    registry: emptyRegistry,
    loaded: false,
    failed: undefined,
  }))
  const store = createStore<SessionState>(() => ({
    connection: 'connecting',
    queue: undefined,
    jobs: [],
    runs: {},
    totalJobs: 0,
  }))
  let wasOpen = false

  let again: ReturnType<typeof setTimeout> | undefined
  /** The nodes of a server that is still starting come a little later: asks until there are some. */
  const reloadNodes = async (): Promise<void> => {
    clearTimeout(again)
    try {
      const manifest = await client.manifest()
      registry.setState({ registry: createRegistry(manifest), loaded: manifest.nodes.length > 0, failed: undefined })
    } catch (error) {
      registry.setState({ failed: error instanceof Error ? error.message : String(error) })
    }
    if (!registry.getState().loaded || registry.getState().failed) again = setTimeout(() => void reloadNodes(), 1000)
  }
  const loadJobs = async (): Promise<void> => {
    const list = await client.jobs.list({ limit: 60 })
    store.setState({ jobs: list.jobs, totalJobs: list.total })
  }
  const loadMore = async (): Promise<void> => {
    const { jobs } = store.getState()
    const before = jobs.at(-1)?.number
    if (before === undefined) return
    const list = await client.jobs.list({ limit: 60, before })
    store.setState({ jobs: [...jobs, ...list.jobs.filter((job) => !jobs.some((known) => known.id === job.id))] })
  }
  const setRun = (run: JobRun): void => {
    const { runs } = store.getState()
    if (runs[run.job] === run) return
    const kept = Object.entries({ ...runs, [run.job]: run })
    store.setState({ runs: Object.fromEntries(kept.slice(-Math.max(runsKept, 1))) })
  }
  /** Live messages of jobs whose past is being read, to be applied after it. */
  const arriving = new Map<string, JobMessage[]>()
  const catchUp: Session['catchUp'] = async (job, before) => {
    const { runs } = store.getState()
    const carried = before === undefined ? runs[job] : runs[before]
    if (!runs[job]) setRun(startRun(job, carried))
    const waiting: JobMessage[] = []
    arriving.set(job, waiting)
    try {
      let run = startRun(job, carried)
      let after = 0
      for (;;) {
        const { events, next } = await client.jobs.events(job, after)
        for (const { event, at } of events) run = applyEvent(run, event, at)
        if (events.length === 0 || next <= after) break
        after = next
      }
      for (const { event, at, seq } of waiting) {
        if (seq === undefined || seq > after) run = applyEvent(run, event, at)
      }
      setRun(run)
      // Whoever subscribes is told the last step and the last pictures of what runs.
      if (run.state === 'running') live.watch(undefined)
    } finally {
      arriving.delete(job)
    }
  }

  const live = client.follow({
    previews: true,
    onEvent: (message) => follow(message),
    onPreview: (header, picture) => preview(header, picture),
    onQueue: (queue) => store.setState({ queue }),
    onState: (connection) => {
      store.setState({ connection })
      if (connection !== 'open') return
      if (wasOpen || !registry.getState().loaded) void reloadNodes()
      void loadJobs().catch(() => undefined)
      void client.queue.status().then(
        (queue) => store.setState({ queue }),
        () => undefined,
      )
      wasOpen = true
    },
    onReset: () => {
      store.setState({ jobs: [], runs: {}, totalJobs: 0 })
      void loadJobs().catch(() => undefined)
    },
  })

  const follow = (message: JobMessage): void => {
    const { job, event, at } = message
    const state = store.getState()
    const jobs = applyToJobs(state.jobs, job, event, at)
    if (jobs !== state.jobs) {
      const added = event.type === 'job-queued' ? 1 : event.type === 'job-deleted' ? -1 : 0
      store.setState({ jobs, totalJobs: state.totalJobs + added })
    }
    arriving.get(job)?.push(message)
    const run = state.runs[job]
    if (run) setRun(applyEvent(run, event, at))
  }
  const preview = (header: PreviewHeader, picture: Uint8Array): void => {
    const run = store.getState().runs[header.job]
    if (run) setRun(applyPreview(run, header, picture.slice()))
  }

  void reloadNodes()
  return {
    client,
    registry,
    store,
    catchUp,
    loadJobs,
    loadMore,
    reloadNodes,
    close: () => {
      clearTimeout(again)
      live.close()
    },
  }
}

function patchJob(jobs: readonly Job[], id: string, patch: Partial<Job>): readonly Job[] {
  return jobs.some((job) => job.id === id) ? jobs.map((job) => (job.id === id ? { ...job, ...patch } : job)) : jobs
}

/** The list of jobs after one event. */
export function applyToJobs(
  jobs: readonly Job[],
  id: string,
  event: JobEvent | WireRunEvent,
  at: number,
): readonly Job[] {
  const ended = (state: JobState): readonly Job[] => patchJob(jobs, id, { state, finishedAt: at })
  switch (event.type) {
    case 'job-queued':
      return [event.job, ...jobs.filter((job) => job.id !== id)].sort((a, b) => b.number - a.number)
    case 'job-started':
      return patchJob(jobs, id, { state: 'running', startedAt: at, device: event.device, attempts: event.attempt })
    case 'job-requeued':
      return patchJob(jobs, id, { state: 'queued' })
    case 'job-changed':
      return patchJob(jobs, id, { priority: event.priority })
    case 'job-succeeded':
      return ended('succeeded')
    case 'job-failed':
      return jobs.some((job) => job.id === id) ? patchJob(ended('failed'), id, { error: event.error }) : jobs
    case 'job-cancelled':
      return ended('cancelled')
    case 'job-deleted':
      return jobs.filter((job) => job.id !== id)
    case 'node-artifact': {
      const job = jobs.find((one) => one.id === id)
      return job ? patchJob(jobs, id, { artifacts: job.artifacts + 1 }) : jobs
    }
    default:
      return jobs
  }
}

export function activeJobs(jobs: readonly Job[]): Job[] {
  return jobs.filter((job) => !isFinished(job.state))
}
