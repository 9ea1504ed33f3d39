import { access, constants, mkdir, readdir, rm } from 'node:fs/promises'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { serializeWorkflow } from '@patchbay/engine/workflow'
import type { Device } from '@patchbay/nodes'
import { createApp } from './app.ts'
import { createAccessGuard } from './auth/access.ts'
import { createComfySurface } from './surfaces/comfy/surface.ts'
import { type Config, bundledInput, memoOf } from './config.ts'
import type { Dependencies } from './dependencies.ts'
import type { StoredJob } from './jobs/job-row.ts'
import { createJobStore } from './jobs/job-store.ts'
import { createQueue } from './jobs/queue.ts'
import { createRetention } from './jobs/retention.ts'
import { createSubmit } from './jobs/submission.ts'
import { type Webhooks, createWebhooks } from './jobs/webhooks.ts'
import { createEventLog } from './live/event-log.ts'
import { createHub } from './live/hub.ts'
import { createUpgrades, nativeSocketPath, nativeSurface } from './live/web-socket.ts'
import { type LogLines, createLogLines } from './telemetry/log-lines.ts'
import { createMetrics } from './telemetry/metrics.ts'
import { chooseDevices } from './runner/choose-devices.ts'
import { spawnRunner } from './runner/spawn.ts'
import { createSupervisor } from './runner/supervisor.ts'
import { type WeightCache, weightCacheOf } from './runner/weight-cache.ts'
import { createArtifactStore } from './storage/artifact-store.ts'
import { openDatabase } from './storage/database.ts'
import { createDownloads } from './storage/downloads.ts'
import { createFolders } from './storage/folders.ts'
import { holdDirectory } from './storage/instance-lock.ts'
import { createSettingsStore } from './storage/settings-store.ts'
import { createWorkflowStore } from './storage/workflow-store.ts'
import { createAutomaticSurface } from './surfaces/automatic/automatic.ts'
import { createOpenAiSurface } from './surfaces/openai/openai.ts'
import { type Traces, startTraces } from './telemetry/traces.ts'

export interface RunningServer {
  readonly url: string
  readonly dependencies: Dependencies
  close(): Promise<void>
}

/** Puts everything together, settles what an earlier process left, and listens. */
export async function startServer(
  config: Config,
  log: Logger,
  logLines: LogLines = createLogLines(),
): Promise<RunningServer> {
  const devices = await chooseDevices(config.devices, log)
  const modelRoots = Object.values(config.modelFolders).flatMap(([first]) => first ?? [])
  const { dataDirectory, inputDirectory, outputDirectory, tempDirectory } = config
  for (const directory of [dataDirectory, inputDirectory, outputDirectory, tempDirectory, ...modelRoots]) {
    await writableFolder(directory).catch((error: unknown) => {
      if (!modelRoots.includes(directory)) throw error
    })
  }
  const release = holdDirectory(dataDirectory)
  for (const name of await readdir(tempDirectory)) await rm(join(tempDirectory, name), { recursive: true, force: true })
  const traces = config.traces && (await startTraces(config.traces))
  const weightCache = await weightCacheIn(config, log)
  const dependencies = createDependencies(config, devices, log, logLines, traces, weightCache)
  const { queue, hub, database, supervisor, downloads, guard, webhooks, retention } = dependencies
  queue.recover()
  const comfy = createComfySurface(dependencies)
  const app = createApp(dependencies, {
    surfaces: [createOpenAiSurface(dependencies), createAutomaticSurface(dependencies), comfy.router],
    added: comfy.nativeRoutes,
  })
  const upgrades = createUpgrades(guard, {
    [nativeSocketPath]: nativeSurface(hub, database.storeId),
    '/ws': comfy.socket,
    '/api/ws': comfy.socket,
  })
  const server = createServer({ requestTimeout: 300_000, headersTimeout: 20_000, keepAliveTimeout: 10_000 }, app)
  server.on('upgrade', upgrades.upgrade)
  // A stopped server must not leave a viewer's keep-alive connection hanging.
  const stop = async (): Promise<void> => {
    queue.close()
    retention.close()
    webhooks.close()
    downloads.close()
    comfy.close()
    upgrades.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await supervisor.close()
    await traces?.close()
    database.close()
    release()
  }
  try {
    await listen(server, config)
  } catch (error) {
    await stop()
    throw error
  }
  queue.fill()
  webhooks.wake()
  retention.start()
  const { port } = server.address() as AddressInfo
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  return { url: `http://${host}:${port}`, dependencies, close: stop }
}

/** Makes a folder; says which one and what helps where it cannot be made or written. */
async function writableFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK)
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new Error(
      `The folder ${folder} cannot be made or written (${reason}). Mend its permissions or what is in its way, or name another folder (see patchbay serve --help).`,
      { cause: error },
    )
  }
}

async function weightCacheIn(
  { weightCacheDirectory: folder, weightCacheBytes: asked }: Config,
  log: Logger,
): Promise<WeightCache | undefined> {
  if (asked !== 0) {
    try {
      await writableFolder(folder)
    } catch (error) {
      log.warn({ folder, reason: error instanceof Error ? error.message : String(error) }, 'no weight cache')
      return undefined
    }
  }
  const cache = await weightCacheOf(folder, asked)
  const gibibytes = Math.round((cache?.maxBytes ?? 0) / 2 ** 30)
  log.info({ folder, gibibytes }, cache ? 'large models keep float32 copies' : 'large models keep no float32 copies')
  return cache
}

const listenHint = ({ code }: NodeJS.ErrnoException): string =>
  code === 'EACCES'
    ? 'ports below 1024 are for the administrator; choose another with --port.'
    : 'name an address of this machine with --listen, such as 127.0.0.1.'

function listen(server: Server, { host, port }: Config): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`Port ${port} is taken: is another server running? Choose another with --port.`)
          : new Error(`Cannot listen on ${host}, port ${port} (${String(error.code)}): ${listenHint(error)}`),
      )
    })
    server.listen(port, host, resolve)
  })
}

function createDependencies(
  config: Config,
  devices: readonly [Device, ...Device[]],
  log: Logger,
  logLines: LogLines,
  traces: Traces | undefined,
  weightCache: WeightCache | undefined,
): Dependencies & { readonly webhooks: Webhooks } {
  const database = openDatabase(join(config.dataDirectory, 'patchbay.sqlite'))
  const jobs = createJobStore(database)
  const settings = createSettingsStore(database)
  const events = createEventLog(database)
  const hub = createHub(events)
  const metrics = createMetrics()
  const webhooks = createWebhooks({ database, jobs, log }, { allowPrivate: config.allowPrivateDownloads })
  const folders = createFolders({
    input: [config.inputDirectory, bundledInput],
    output: config.outputDirectory,
    temp: config.tempDirectory,
    models: config.modelFolders,
  })
  const artifactDirectory = join(config.dataDirectory, 'artifacts')
  const onFinished = (job: StoredJob): void => {
    metrics.jobsFinished.inc({ state: job.state })
    if (job.startedAt !== undefined && job.finishedAt !== undefined) {
      metrics.jobSeconds.observe((job.finishedAt - job.startedAt) / 1000)
    }
    log.info({ job: job.id, state: job.state, error: job.error?.code }, 'job ended')
    traces?.jobEnded(job)
    webhooks.wake()
  }
  const onCleared = (count: number): void => {
    metrics.jobsFinished.inc({ state: 'cancelled' }, count)
    webhooks.wake()
  }
  const supervisor = createSupervisor(
    {
      nodePacks: config.nodePacks,
      builtIn: config.builtInNodes,
      artifactDirectory,
      inputDirectory: config.inputDirectory,
      outputDirectory: config.outputDirectory,
      tempDirectory: config.tempDirectory,
      memoDirectory: join(config.dataDirectory, 'memo'),
      workDirectory: join(config.dataDirectory, 'work'),
      modelFolders: config.modelFolders,
      ...(weightCache && { weightCache }),
      ...memoOf(config, settings),
    },
    devices,
    spawnRunner,
    config.runnerLimits,
    {
      onIdle: () => {
        queue.fill()
      },
      onRunEvents: (job, batch) => {
        queue.receive(job, batch)
      },
      onEnded: (job, outcome) => {
        queue.ended(job, outcome)
      },
      onLog: (level, message, fields) => {
        log[level](fields ?? {}, message)
      },
    },
  )
  const { queueCapacity: capacity, maxAttempts } = config
  const queue = createQueue({
    database,
    store: jobs,
    log: events,
    hub,
    supervisor,
    capacity,
    maxAttempts,
    onFinished,
    onCleared,
  })
  const artifacts = createArtifactStore(artifactDirectory)
  const retention = createRetention({
    ...{ database, queue, artifacts, supervisor, settings, log },
    keep: config.keep,
    intervalMs: config.pruneIntervalMs,
  })
  const workflows = createWorkflowStore(database, serializeWorkflow)
  metrics.gauge('patchbay_jobs_queued', 'Jobs that wait.', () => jobs.counts().queued)
  metrics.gauge('patchbay_jobs_running', 'Jobs that run.', () => jobs.counts().running)
  metrics.gauge('patchbay_viewers', 'Open event streams.', () => hub.viewers())
  return {
    config,
    log,
    logLines,
    guard: createAccessGuard(config),
    database,
    jobs,
    events,
    hub,
    queue,
    submit: createSubmit({ queue, supervisor, workflows }),
    supervisor,
    artifacts,
    retention,
    folders,
    workflows,
    settings,
    downloads: createDownloads(folders, { allowPrivate: config.allowPrivateDownloads, maxAtOnce: 3 }),
    metrics,
    webhooks,
  }
}
