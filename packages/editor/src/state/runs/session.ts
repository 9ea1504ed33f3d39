import { createStore, type StoreApi } from 'zustand/vanilla'
import type { JobState, RegistryManifest, WireRunEvent } from '@patchbay/engine/workflow'
import type { Client, ConnectionState, Job, JobEvent, JobMessage, QueueStatus } from '@patchbay/client'
import { createRegistry, emptyRegistry, type Registry } from '../registry/registry.ts'
import { createRunKeeper, type RunKeeper, type Runs } from './run-keeper.ts'

export interface SessionState {
  readonly connection: ConnectionState
  readonly queue: QueueStatus | undefined
  /** Newest first. */
  readonly jobs: readonly Job[]
  readonly runs: Runs
  /** How many jobs there are in all. */
  readonly totalJobs: number
}

type RegistryStore = StoreApi<{
  readonly registry: Registry
  readonly loaded: boolean
  readonly failed: string | undefined
}>

/** What the editor knows of the server: its nodes, its queue and history, and the runs that are watched. */
export interface Session {
  readonly registry: RegistryStore
  readonly store: StoreApi<SessionState>
  /** Reads what a job did so far and follows it from there; pictures of the run before stay until new ones come. */
  readonly catchUp: (job: string, before?: string) => Promise<void>
  readonly carryOver: RunKeeper['carryOver']
  readonly loadJobs: () => Promise<void>
  readonly loadMore: () => Promise<void>
  readonly reloadNodes: () => Promise<void>
  readonly close: () => void
}

/** How many jobs are asked for at once. */
const pageOfJobs = 60
/** How long a server that is still starting is given before it is asked for its nodes again, in milliseconds. */
const nodesAgainMs = 1000

const noJobs = { jobs: [], runs: {}, totalJobs: 0 }

/** Connects to the server. `heldJobs` are those whose runs are shown or waited for. */
export function createSession(client: Client, heldJobs: () => ReadonlySet<string> = () => new Set()): Session {
  const store = createStore<SessionState>(() => ({ connection: 'connecting', queue: undefined, ...noJobs }))
  const nodes = createNodesLoader(() => client.manifest())
  const runs = createRunKeeper(client, {
    read: () => store.getState().runs,
    write: (next) => store.setState({ runs: next }),
    held: heldJobs,
  })
  const loadJobs = async (): Promise<void> => {
    const list = await client.jobs.list({ limit: pageOfJobs })
    store.setState({ jobs: list.jobs, totalJobs: list.total })
  }
  const connected = (isFirst: boolean): void => {
    if (!isFirst || !nodes.store.getState().loaded) void nodes.reload()
    void loadJobs().catch(() => undefined)
    void client.queue.status().then(
      (queue) => store.setState({ queue }),
      () => undefined,
    )
  }
  let wasOpen = false
  const live = client.follow({
    previews: true,
    onEvent: (message) => {
      followJobs(store, message)
      runs.event(message)
    },
    onPreview: runs.preview,
    onQueue: (queue) => store.setState({ queue }),
    onState: (connection) => {
      store.setState({ connection })
      if (connection !== 'open') return
      connected(!wasOpen)
      wasOpen = true
    },
    onReset: () => {
      store.setState(noJobs)
      void loadJobs().catch(() => undefined)
    },
  })
  void nodes.reload()
  return {
    registry: nodes.store,
    store,
    catchUp: async (job, before) => {
      const run = await runs.catchUp(job, before)
      // Whoever subscribes is told the last step and the last pictures of what runs.
      if (run.state === 'running') live.watch(undefined)
    },
    carryOver: runs.carryOver,
    loadJobs,
    loadMore: async () => {
      const { jobs } = store.getState()
      const before = jobs.at(-1)?.number
      if (before === undefined) return
      const list = await client.jobs.list({ limit: pageOfJobs, before })
      store.setState({ jobs: [...jobs, ...list.jobs.filter((job) => !jobs.some((one) => one.id === job.id))] })
    },
    reloadNodes: nodes.reload,
    close: () => {
      nodes.stop()
      live.close()
    },
  }
}

interface NodesLoader {
  readonly store: RegistryStore
  readonly reload: () => Promise<void>
  readonly stop: () => void
}

/** The nodes of a server that is still starting come a little later: asks until there are some. */
function createNodesLoader(manifestOf: () => Promise<RegistryManifest>): NodesLoader {
  const store: RegistryStore = createStore(() => ({ registry: emptyRegistry, loaded: false, failed: undefined }))
  let again: ReturnType<typeof setTimeout> | undefined
  let isStopped = false
  const reload = async (): Promise<void> => {
    clearTimeout(again)
    try {
      const manifest = await manifestOf()
      store.setState({ registry: createRegistry(manifest), loaded: manifest.nodes.length > 0, failed: undefined })
    } catch (error) {
      store.setState({ failed: error instanceof Error ? error.message : String(error) })
    }
    const { loaded, failed } = store.getState()
    if (!isStopped && (!loaded || failed !== undefined)) again = setTimeout(() => void reload(), nodesAgainMs)
  }
  return {
    store,
    reload,
    stop: () => {
      isStopped = true
      clearTimeout(again)
    },
  }
}

function followJobs(store: StoreApi<SessionState>, { job, event, at }: JobMessage): void {
  const { jobs, totalJobs } = store.getState()
  const next = applyToJobs(jobs, job, event, at)
  if (next === jobs) return
  const added = event.type === 'job-queued' ? 1 : event.type === 'job-deleted' ? -1 : 0
  store.setState({ jobs: next, totalJobs: totalJobs + added })
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
