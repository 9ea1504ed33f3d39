import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Job } from './api/api-types.ts'
import type { Device } from '@patchbay/nodes'
import { createAccessGuard } from './auth/access.ts'
import { type Config, bundledInput, memoOf, precisionIn } from './config.ts'
import type { Dependencies } from './dependencies.ts'
import { type Dispatcher, createDispatcher } from './jobs/dispatcher.ts'
import { createQueue } from './jobs/queue.ts'
import { createRetention } from './jobs/retention.ts'
import { createSubmit } from './jobs/submission.ts'
import { type Webhooks, createWebhooks } from './jobs/webhooks.ts'
import { type Hub, createHub } from './live/hub.ts'
import { createQueueNotice } from './live/queue-notice.ts'
import { type RunFeed, createRunFeed } from './live/run-feed.ts'
import { packsIn } from './packs/node-packs.ts'
import type { RunnerOptions } from './runner/messages.ts'
import { spawnRunner } from './runner/spawn.ts'
import { type SupervisorEvents, Supervisor } from './runner/supervisor.ts'
import type { WeightCache } from './runner/weight-cache.ts'
import { createArtifactFolder } from './storage/artifact-folder.ts'
import { createDownloads } from './storage/downloads.ts'
import { createFolders } from './storage/folders.ts'
import { startCheckpoints } from './store/sqlite/checkpoints.ts'
import { openStores } from './store/sqlite/open-stores.ts'
import type { Stores } from './store/stores.ts'
import type { LogLines } from './telemetry/log-lines.ts'
import { type Metrics, createMetrics } from './telemetry/metrics.ts'
import type { Traces } from './telemetry/traces.ts'

export interface Surroundings {
  readonly config: Config
  readonly devices: readonly [Device, ...Device[]]
  readonly log: Logger
  readonly logLines: LogLines
  readonly traces: Traces | undefined
  readonly weightCache: WeightCache | undefined
}
/** What the surfaces are made over, and what starts and stops with the server. */
export interface Composition {
  readonly dependencies: Dependencies
  readonly dispatcher: Dispatcher
  readonly feed: RunFeed
  readonly webhooks: Webhooks
  readonly stores: Stores
  /** Gives out the first jobs, and does what is due from time to time. */
  begin(): void
  /** No more jobs are begun; those that still run after `drainMs` are given back, and who waits for one is answered. */
  end(drainMs: number): Promise<void>
}

/** Opens the stores, settles what an earlier process left, and puts everything together. */
export async function compose(surroundings: Surroundings): Promise<Composition> {
  const { config, log, logLines } = surroundings
  const stores = openStores(join(config.dataDirectory, 'patchbay.sqlite'), { checkpoints: startCheckpoints })
  const { jobs, events, settings, workflows, storeId } = stores
  const hub = createHub(events)
  const metrics = createMetrics()
  const webhooks = createWebhooks({ jobs, log }, { allowPrivate: config.allowPrivateDownloads })
  const artifacts = createArtifactFolder(artifactFolderOf(config))
  const ends = createEnds({ ...surroundings, metrics, webhooks, stores })
  const runOptions = await runOptionsOf(surroundings, stores)
  // Before anything can be claimed: what runs at this moment was left by an earlier process.
  for (const job of await jobs.recover(config.maxAttempts)) {
    ends.onEnded(job)
    ends.onRunOver(job.id)
  }
  const { supervisor, queue, dispatcher, feed } = createRunning(surroundings, { stores, hub, ends, runOptions })
  const notice = createQueueNotice(hub, () => queue.status())
  events.follow((messages) => {
    hub.publish(messages)
    notice.hear(messages)
  })
  const retention = createRetention({
    ...{ store: jobs, queue, artifacts, supervisor, settings, log },
    keep: config.keep,
    intervalMs: config.pruneIntervalMs,
  })
  const folders = createFolders({
    input: [config.inputDirectory, bundledInput],
    output: config.outputDirectory,
    temp: config.tempDirectory,
    models: config.modelFolders,
  })
  metrics.gauge('patchbay_jobs_queued', 'Jobs that wait.', async () => (await jobs.counts()).queued)
  metrics.gauge('patchbay_jobs_running', 'Jobs that run.', async () => (await jobs.counts()).running)
  metrics.gauge('patchbay_viewers', 'Open event streams.', () => hub.viewers())
  const dependencies: Dependencies = {
    ...{ config, log, logLines, storeId, jobs, events, hub, queue, supervisor, artifacts, retention, folders },
    ...{ workflows, settings, metrics, guard: createAccessGuard(config) },
    nodePacks: () => nodePacksOf(config),
    submit: createSubmit({ queue, supervisor, workflows }),
    downloads: createDownloads(folders, { allowPrivate: config.allowPrivateDownloads, maxAtOnce: 3 }),
  }
  return {
    ...{ dependencies, dispatcher, feed, webhooks, stores },
    begin() {
      dispatcher.fill()
      webhooks.wake()
      retention.start()
    },
    async end(drainMs) {
      dispatcher.close()
      notice.close()
      retention.close()
      const until = Date.now() + drainMs
      while (Date.now() < until && feed.isBusy()) await sleep(drainLookMs)
      webhooks.close()
      await feed.giveBack()
      queue.close()
    },
  }
}

/** Whether jobs still run is looked at so often, in ms. */
const drainLookMs = 50

const artifactFolderOf = ({ dataDirectory }: Config): string => join(dataDirectory, 'artifacts')

/** Who hears of the end of jobs. */
interface Ends {
  onEnded(job: Job): void
  onRunOver(id: string): void
  onCleared(count: number): void
}

function createEnds({
  log,
  metrics,
  traces,
  webhooks,
  stores: { jobs },
}: Pick<Surroundings, 'log' | 'traces'> & {
  readonly metrics: Metrics
  readonly webhooks: Webhooks
  readonly stores: Stores
}): Ends {
  return {
    onEnded(job) {
      metrics.jobsFinished.inc({ state: job.state })
      if (job.startedAt !== undefined && job.finishedAt !== undefined) {
        metrics.jobSeconds.observe((job.finishedAt - job.startedAt) / 1000)
      }
      log.info({ job: job.id, state: job.state, error: job.error?.code }, 'job ended')
      webhooks.wake()
    },
    onRunOver(id) {
      if (!traces) return
      const told = jobs.stored(id).then((job) => job && job.finishedAt !== undefined && traces.jobEnded(job))
      told.catch((error: unknown) => log.warn({ err: error, job: id }, 'the trace of a job could not be told'))
    },
    onCleared(count) {
      metrics.jobsFinished.inc({ state: 'cancelled' }, count)
      webhooks.wake()
    },
  }
}

/** The packs that there are at this moment: those that are named, and what lies in the folders of packs. */
async function nodePacksOf({ nodePacks, nodePackFolders }: Config): Promise<readonly string[]> {
  return [...nodePacks, ...(await Promise.all(nodePackFolders.map(packsIn))).flat()]
}

async function runOptionsOf(
  { config, weightCache }: Surroundings,
  { settings }: Stores,
): Promise<Omit<RunnerOptions, 'role' | 'device'>> {
  const chosen = await settings.all()
  return {
    nodePacks: await nodePacksOf(config),
    builtIn: config.builtInNodes,
    artifactDirectory: artifactFolderOf(config),
    inputDirectory: config.inputDirectory,
    outputDirectory: config.outputDirectory,
    tempDirectory: config.tempDirectory,
    memoDirectory: join(config.dataDirectory, 'memo'),
    workDirectory: join(config.dataDirectory, 'work'),
    modelFolders: config.modelFolders,
    ...(weightCache && { weightCache }),
    precision: precisionIn(config, chosen),
    ...memoOf(config, chosen),
  }
}

/** The queue, the devices, and what passes between them. */
function createRunning(
  { config, devices, log }: Surroundings,
  {
    stores: { jobs },
    hub,
    ends,
    runOptions,
  }: {
    readonly stores: Stores
    readonly hub: Hub
    readonly ends: Ends
    readonly runOptions: Omit<RunnerOptions, 'role' | 'device'>
  },
) {
  const events: SupervisorEvents = {
    onIdle: () => dispatcher.fill(),
    onRunEvents: (job, batch) => feed.receive(job, batch),
    onEnded: (job, outcome) => feed.ended(job, outcome),
    onLog: (level, message, fields) => log[level](fields ?? {}, message),
  }
  const supervisor = new Supervisor(runOptions, devices, spawnRunner, config.runnerLimits, events)
  const { onEnded, onRunOver, onCleared } = ends
  const feed = createRunFeed({
    ...{ store: jobs, hub, supervisor, log, onRunOver },
    maxAttempts: config.maxAttempts,
    onFinished: onEnded,
  })
  const dispatcher = createDispatcher({ store: jobs, supervisor, feed, log })
  const queue = createQueue({
    ...{ store: jobs, hub, supervisor, onCleared },
    capacity: config.queueCapacity,
    onWaiting: () => dispatcher.fill(),
    onCancelled(job, ran) {
      onEnded(job)
      // A run is over when its runner says so.
      if (!ran) onRunOver(job.id)
    },
  })
  return { supervisor, queue, dispatcher, feed }
}
