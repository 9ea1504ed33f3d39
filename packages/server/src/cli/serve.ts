import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Precision } from '@patchbay/nodes/precision'
import { type Command, Option } from 'commander'
import { type Config, type ConfigOverrides, type PreviewMethod, createConfig, modelFoldersUnder } from '../config.ts'
import type { MemoPolicy } from '../runner/messages.ts'
import { createLogLines } from '../telemetry/log-lines.ts'
import { createLog, logDestination } from '../telemetry/log.ts'
import { startServer } from '../server.ts'
import { type ExtraModelPaths, readExtraModelPaths } from '../storage/extra-model-paths.ts'
import { deviceFromEnvironment, precisionOption } from './local-host.ts'
import { WrongOption, bytesOf, countOf, keepOf } from './option-values.ts'
import { onStopSignals } from './stop-signals.ts'
import { systemErrorSentence } from '../storage/system-errors.ts'
import { messageOf } from '../message-of.ts'

interface ServeOptions {
  readonly listen: string
  readonly port: string
  readonly dataDirectory?: string
  readonly outputDirectory?: string
  readonly inputDirectory?: string
  readonly tempDirectory?: string
  readonly models?: string
  readonly extraModelPathsConfig?: readonly string[]
  readonly token?: string
  readonly viewerToken?: string
  readonly allowHost?: readonly string[]
  readonly allowOrigin?: readonly string[]
  readonly frontEndRoot?: string
  readonly nodePack?: readonly string[]
  readonly device?: readonly string[]
  readonly cpu?: boolean
  readonly memoMemory?: string
  readonly memoDisk?: string
  readonly weightCache?: string
  readonly precision?: Precision
  readonly fast?: boolean | readonly string[]
  readonly weightCacheSize?: string
  readonly cacheNone?: boolean
  readonly cacheLru?: string
  readonly cacheClassic?: boolean
  readonly previewMethod: PreviewMethod
  readonly allowPrivateDownloads?: boolean
  readonly stallTimeout?: string
  readonly rateLimit?: string
  readonly drain?: string
  readonly keepJobs?: string
  readonly keepDays?: string
  readonly keepSize?: string
  readonly otlpEndpoint?: string
  readonly logLevel: Config['logLevel']
}
const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]

/** `patchbay serve`: the editor, the API, and ComfyUI's surface, on one port. */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .option('--listen [address]', 'address to listen on; any but loopback needs --token', '127.0.0.1')
    .option('--port <number>', 'port; 0 takes a free one', '8188')
    .option('--data-directory <folder>', 'database, artifacts and folders without one of their own (~/.patchbay)')
    .option('--output-directory <folder>', 'where results are put')
    .option('--input-directory <folder>', 'where uploads are kept')
    .option('--temp-directory <folder>', 'where passing files are kept')
    .option('--models <folder>', 'folder with checkpoints, loras, vae, … in it')
    .option('--extra-model-paths-config <file>', "more model folders: ComfyUI's YAML file (repeatable)", several)
    .option('--token <secret>', 'what a request must carry to change anything; also PATCHBAY_TOKEN')
    .option('--viewer-token <secret>', 'what a request must carry to look')
    .option('--allow-host <name>', 'another name this server answers to (repeatable)', several)
    .option('--allow-origin <origin>', 'a page that may call, e.g. http://localhost:5173 (repeatable)', several)
    .option('--front-end-root <folder>', "serve this editor in place of ours: a built one, for example ComfyUI's own")
    .option('--node-pack <folder or package>', 'load the nodes of a pack (repeatable)', several)
    .option(
      '--device <name>',
      'auto, cuda, webgpu, dml, coreml or cpu:<threads>; one runner each (repeatable); also PATCHBAY_DEVICE',
      several,
    )
    .option('--cpu', 'run on the CPU only')
    .option('--memo-memory <size>', 'remember results up to this size, e.g. 512MB (2GB)')
    .option('--memo-disk <size>', 'and keep them on disk up to this size; 0 keeps none (4GB)')
    .addOption(precisionOption())
    .option(
      '--fast [names...]',
      "ComfyUI's word for --precision fast; which of its ways are named does not matter here",
    )
    .option('--weight-cache <folder>', 'where large models keep float32 copies, which the CPU runs faster')
    .option('--weight-cache-size <size>', 'what those may take; 0 keeps none (a quarter of the free disk, 8GB to 32GB)')
    .option('--cache-none', 'remember no results')
    .option('--cache-lru <count>', 'remember so many results; 0 is as without it')
    .option('--cache-classic', 'remember the results of the last run only')
    .addOption(
      new Option('--preview-method <name>', "previews for ComfyUI's clients")
        .choices(['none', 'auto', 'latent2rgb', 'taesd'])
        .default('none'),
    )
    .option('--allow-private-downloads', 'let downloads and webhooks reach addresses that are not public')
    .option('--stall-timeout <seconds>', 'stop a run that says nothing for this long (1800)')
    .option(
      '--drain <seconds>',
      'when it is asked to stop, wait so long for the jobs that run (0: they are queued again)',
    )
    .option('--rate-limit <count>', 'requests a minute from one address (6000; on loopback any number, as 0 means)')
    .option('--keep-jobs <count>', 'forget jobs that have ended beyond this many (all are kept)')
    .option('--keep-days <count>', 'forget jobs that ended longer ago')
    .option('--keep-size <size>', 'forget old jobs whose files take more than this together, e.g. 20GB')
    .option(
      '--otlp-endpoint <address>',
      'send a trace of each job there (OpenTelemetry); also OTEL_EXPORTER_OTLP_ENDPOINT',
    )
    .addOption(new Option('--log-level <level>').choices(['silent', 'error', 'warn', 'info', 'debug']).default('info'))
    .action(serve)
}

async function serve(options: ServeOptions): Promise<void> {
  const config = await configOf(options)
  const drainMs = options.drain === undefined ? 0 : countOf('--drain', options.drain, 1_000_000) * 1000
  // Other programs of this machine read the command line of a process; a token must not stay in it.
  if (options.token ?? options.viewerToken) process.title = 'patchbay serve'
  const lines = createLogLines()
  const log = createLog(config.logLevel, logDestination(process.stdout), lines)
  const server = await startServer(config, log, lines)
  process.stdout.write(`Patchbay is ready at ${server.url}\n`)
  let stopping = false
  const stop = (): void => {
    if (stopping) process.exit(130)
    stopping = true
    void server.close(drainMs).then(() => process.exit(0))
  }
  onStopSignals(stop)
}

/** Without a flag, results are remembered up to so many bytes, whichever run they are of. */
export function memoPolicyOf({
  cacheNone,
  cacheLru,
  cacheClassic,
  memoMemory,
}: Pick<ServeOptions, 'cacheNone' | 'cacheLru' | 'cacheClassic' | 'memoMemory'>): MemoPolicy | undefined {
  if (cacheNone) return { kind: 'none' }
  const limit = Number(cacheLru ?? 0)
  if (!Number.isInteger(limit) || limit < 0) {
    throw new WrongOption(`--cache-lru takes how many results to remember, not "${String(cacheLru)}".`)
  }
  if (limit > 0) return { kind: 'count', limit }
  if (cacheClassic) return { kind: 'last-run' }
  return memoMemory === undefined ? undefined : { kind: 'bytes', limit: bytesOf('--memo-memory', memoMemory) }
}

async function configOf(options: ServeOptions): Promise<Config> {
  const fromEnvironment = process.env['PATCHBAY_TOKEN']
  const base: ConfigOverrides = {
    host: typeof options.listen === 'string' ? options.listen : '0.0.0.0',
    port: countOf('--port', options.port, 65_535),
    dataDirectory: options.dataDirectory,
    outputDirectory: options.outputDirectory && resolve(options.outputDirectory),
    inputDirectory: options.inputDirectory && resolve(options.inputDirectory),
    // As in ComfyUI, a folder inside: what it holds is removed at each start.
    tempDirectory: options.tempDirectory && join(resolve(options.tempDirectory), 'temp'),
    ownerToken: options.token ?? fromEnvironment,
    viewerToken: options.viewerToken,
    allowedHosts: options.allowHost,
    allowedOrigins: options.allowOrigin,
    ...frontEndOf(options.frontEndRoot),
    devices: options.cpu ? ['cpu'] : (options.device ?? [deviceFromEnvironment() ?? 'auto']),
    previewMethod: options.previewMethod,
    allowPrivateDownloads: options.allowPrivateDownloads,
    requestsPerMinute: options.rateLimit === undefined ? undefined : countOf('--rate-limit', options.rateLimit),
    traces: tracesOf(options.otlpEndpoint),
    logLevel: options.logLevel,
    keep: keepOf(options),
    precision: options.precision ?? (options.fast === undefined ? undefined : 'fast'),
    weightCacheDirectory: options.weightCache && resolve(options.weightCache),
    weightCacheBytes:
      options.weightCacheSize === undefined ? undefined : bytesOf('--weight-cache-size', options.weightCacheSize),
    memo: memoPolicyOf(options),
    memoDiskBytes: options.memoDisk === undefined ? undefined : bytesOf('--memo-disk', options.memoDisk),
  }
  const config = configFrom(base)
  const models = options.models ? modelFoldersUnder(resolve(options.models)) : config.modelFolders
  const extra = await Promise.all((options.extraModelPathsConfig ?? []).map(modelPathsIn))
  const folders = extra.flatMap((each) => Object.entries(each.folders))
  for (const problem of extra.flatMap((each) => each.problems)) process.stderr.write(`Warning: ${problem}\n`)
  const merged: Record<string, string[]> = Object.fromEntries(
    Object.entries(models).map(([name, roots]) => [name, [...roots]]),
  )
  for (const [name, roots] of folders) merged[name] = [...(merged[name] ?? []), ...roots]
  const stall =
    options.stallTimeout === undefined ? undefined : countOf('--stall-timeout', options.stallTimeout, 1_000_000) * 1000
  return {
    ...config,
    modelFolders: merged,
    nodePacks: options.nodePack ?? [],
    nodePackFolders: [join(config.dataDirectory, 'node-packs'), 'node-packs'],
    runnerLimits: { ...config.runnerLimits, ...(stall === undefined ? {} : { stallMs: stall }) },
  }
}

/** What is wrong with a configuration is wrong with the options that it was made from. */
function configFrom(base: ConfigOverrides): Config {
  try {
    return createConfig(base)
  } catch (error) {
    throw new WrongOption(messageOf(error))
  }
}

async function modelPathsIn(file: string): Promise<ExtraModelPaths> {
  try {
    return await readExtraModelPaths(file)
  } catch (error) {
    const [reason] = (systemErrorSentence(error, file) ?? String(error)).split('\n')
    throw new WrongOption(`--extra-model-paths-config takes ComfyUI's YAML file of model folders. ${reason ?? ''}`)
  }
}

function frontEndOf(root: string | undefined): Pick<ConfigOverrides, 'editorDirectory' | 'isForeignEditor'> {
  if (root === undefined) return {}
  const editorDirectory = resolve(root)
  if (existsSync(join(editorDirectory, 'index.html'))) return { editorDirectory, isForeignEditor: true }
  throw new WrongOption(`--front-end-root takes a folder with an index.html in it; ${editorDirectory} has none.`)
}

/** Traces are sent where a flag, or one of OpenTelemetry's own variables, says so. */
function tracesOf(endpoint: string | undefined): Config['traces'] {
  if (endpoint !== undefined) {
    if (URL.canParse(endpoint)) return { endpoint }
    throw new WrongOption(`--otlp-endpoint takes an address such as http://127.0.0.1:4318, not "${endpoint}".`)
  }
  const fromEnvironment = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']
  return fromEnvironment.some((name) => process.env[name]) ? {} : undefined
}
