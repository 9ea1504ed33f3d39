import { access, constants, mkdir, readdir, rm } from 'node:fs/promises'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { createApp } from './app.ts'
import { createRequestLimit } from './http/rate-limit.ts'
import { createComfySurface } from './surfaces/comfy/surface.ts'
import type { Config } from './config.ts'
import { compose } from './composition.ts'
import type { Dependencies } from './dependencies.ts'
import { createUpgrades, nativeSocketPath, nativeSurface } from './live/web-socket.ts'
import { type LogLines, createLogLines } from './telemetry/log-lines.ts'
import { chooseDevices } from './runner/choose-devices.ts'
import { type WeightCache, weightCacheOf } from './runner/weight-cache.ts'
import { holdDirectory } from './storage/instance-lock.ts'
import { createAutomaticSurface } from './surfaces/automatic/automatic.ts'
import { createOpenAiSurface } from './surfaces/openai/openai.ts'
import { startTraces } from './telemetry/traces.ts'
import { messageOf } from './message-of.ts'

export interface RunningServer {
  readonly url: string
  readonly dependencies: Dependencies
  /**
   * Takes no more requests, waits at most `drainMs` for the jobs that run, gives the others back to the queue, and
   * answers what is still asked.
   */
  close(drainMs?: number): Promise<void>
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
  const composition = await compose({ config, devices, log, logLines, traces, weightCache })
  const { dependencies, stores } = composition
  const { hub, storeId, supervisor, downloads, guard } = dependencies
  const comfy = createComfySurface(dependencies)
  const requestLimit = createRequestLimit(config.requestsPerMinute)
  const app = createApp(dependencies, {
    surfaces: [createOpenAiSurface(dependencies), createAutomaticSurface(dependencies), comfy.router],
    added: comfy.nativeRoutes,
    requestLimit,
  })
  const upgrades = createUpgrades(
    { guard, requestLimit },
    {
      [nativeSocketPath]: nativeSurface(hub, storeId),
      '/ws': comfy.socket,
      '/api/ws': comfy.socket,
    },
  )
  const server = createServer({ requestTimeout: 300_000, headersTimeout: 20_000, keepAliveTimeout: 10_000 }, app)
  server.on('upgrade', upgrades.upgrade)
  const stop = async (drainMs = 0): Promise<void> => {
    await composition.end(drainMs)
    downloads.close()
    comfy.close()
    upgrades.close()
    await closeConnections(server)
    await supervisor.close()
    await traces?.close()
    await stores.close()
    release()
  }
  try {
    await listen(server, config)
  } catch (error) {
    await stop()
    throw error
  }
  composition.begin()
  const { port } = server.address() as AddressInfo
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  return { url: `http://${host}:${port}`, dependencies, close: stop }
}

/** Answers that are under way get so many ms; a stream of events has no end of its own. */
const lastAnswersMs = 300

/** A stopped server must not leave a viewer's keep-alive connection hanging. */
async function closeConnections(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), lastAnswersMs)
  await closed
  clearTimeout(timer)
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
      log.warn({ folder, reason: messageOf(error) }, 'no weight cache')
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
