import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { precisions, type Precision } from '@patchbay/nodes/precision'
import type { Settings } from './api/api-types.ts'
import { type AccessOptions, isLoopback } from './auth/access.ts'
import { bundledFiles, editorBuild } from './installation.ts'
import type { Keep } from './jobs/retention.ts'
import type { MemoPolicy } from './runner/messages.ts'
import type { RunnerLimits } from './runner/runner-limits.ts'
import type { TraceOptions } from './telemetry/traces.ts'
import { modelFolderNames } from './storage/folders.ts'

export type PreviewMethod = 'none' | 'auto' | 'latent2rgb' | 'taesd'

/** All settings of a server, read once: the options of its rooms, which do not know this type. */
export interface Config extends AccessOptions {
  /** 0 takes any free port. */
  readonly port: number
  /** The database, artifacts, and what else belongs to one installation. */
  readonly dataDirectory: string
  readonly inputDirectory: string
  readonly outputDirectory: string
  readonly tempDirectory: string
  readonly modelFolders: { readonly [folder: string]: readonly string[] }
  readonly nodePacks: readonly string[]
  /** Every folder in one of these is a pack too, also one that is put there later. */
  readonly nodePackFolders: readonly string[]
  readonly builtInNodes: boolean
  /** Where large models keep float32 copies of their weights, which the CPU runs faster. */
  readonly weightCacheDirectory: string
  /** Most bytes of those copies; 0 keeps none. Absent: the free space decides. */
  readonly weightCacheBytes?: number
  /** One runner each: `auto`, or a provider such as `cuda`, with threads behind it: `cpu:4`. */
  readonly devices: readonly string[]
  /** How closely models compute where a node says `auto`; absent: as the setting `precision` says, else exact. */
  readonly precision?: Precision
  readonly memo: MemoPolicy
  /** Most bytes of results on disk, where the memo is bounded by bytes; 0 keeps none. */
  readonly memoDiskBytes: number
  /** How much of the history is kept by itself; nothing said: all of it, or what settings say. */
  readonly keep: Keep
  readonly pruneIntervalMs: number
  readonly previewMethod: PreviewMethod
  readonly queueCapacity: number
  readonly maxAttempts: number
  readonly bodyLimitBytes: number
  readonly uploadLimitBytes: number
  /** Pixels of an uploaded picture, against decompression bombs. */
  readonly pixelLimit: number
  /** Requests a minute from one address; 0 is any number. */
  readonly requestsPerMinute: number
  readonly allowPrivateDownloads: boolean
  readonly runnerLimits: RunnerLimits
  /** The editor's build; absent where it was not built. */
  readonly editorDirectory?: string
  /** It is not ours: its pages may do what such pages do. */
  readonly isForeignEditor: boolean
  /** Absent: no traces, and nothing of OpenTelemetry is loaded. */
  readonly traces?: TraceOptions
  readonly logLevel: 'silent' | 'error' | 'warn' | 'info' | 'debug'
}

const mebibyte = 1024 * 1024
/** What a setting may change, since no flag has. */
export const defaultMemo: MemoPolicy = { kind: 'bytes', limit: 2048 * mebibyte }
export const defaultMemoDiskBytes = 4096 * mebibyte
export const defaultRunnerLimits: RunnerLimits = {
  cancelGraceMs: 100,
  stallMs: 30 * 60_000,
  startMs: 60_000,
  packMs: 20_000,
  checkMs: 20_000,
  recycleBytes: 12 * 1024 * mebibyte,
  recycleMs: 24 * 3_600_000,
}

export type ConfigOverrides = { readonly [K in keyof Config]?: Config[K] | undefined }

/** Fills in what was not said. Throws when the server would be open to others without a token. */
export function createConfig(given: ConfigOverrides = {}): Config {
  const dataDirectory = resolve(given.dataDirectory ?? process.env['PATCHBAY_DATA'] ?? join(homedir(), '.patchbay'))
  const models = process.env['PATCHBAY_MODELS'] ?? join(dataDirectory, 'models')
  const defaults: Config = {
    host: '127.0.0.1',
    port: 8188,
    allowedHosts: [],
    allowedOrigins: [],
    dataDirectory,
    inputDirectory: join(dataDirectory, 'input'),
    outputDirectory: join(dataDirectory, 'output'),
    tempDirectory: join(dataDirectory, 'temp'),
    modelFolders: modelFoldersUnder(models),
    nodePacks: [],
    nodePackFolders: [],
    builtInNodes: true,
    weightCacheDirectory: join(dataDirectory, 'weight-cache'),
    devices: ['cpu'],
    memo: defaultMemo,
    memoDiskBytes: defaultMemoDiskBytes,
    keep: {},
    pruneIntervalMs: 10 * 60_000,
    previewMethod: 'none',
    queueCapacity: 20_000,
    maxAttempts: 3,
    bodyLimitBytes: 32 * mebibyte,
    uploadLimitBytes: 100 * mebibyte,
    pixelLimit: 100_000_000,
    requestsPerMinute: isLoopback(given.host ?? '127.0.0.1') ? 0 : 6_000,
    allowPrivateDownloads: false,
    runnerLimits: defaultRunnerLimits,
    ...(existsSync(join(editorBuild, 'index.html')) ? { editorDirectory: editorBuild } : {}),
    isForeignEditor: false,
    logLevel: 'info',
  }
  const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  const config: Config = { ...defaults, ...said, dataDirectory }
  if (!isLoopback(config.host) && config.ownerToken === undefined) {
    throw new Error(
      `Listening on ${config.host} lets others on the network run jobs here, so it needs a token: add --token <secret>, or listen on 127.0.0.1.`,
    )
  }
  if (config.viewerToken !== undefined && config.ownerToken === undefined) {
    throw new Error('A viewer token means nothing while everybody is the owner: add --token <secret> too.')
  }
  return config
}

/** Pictures that ship, for workflows that begin with one. */
export const bundledInput = join(bundledFiles, 'input')

/** The model folders below a root, and behind each what ships with Patchbay. */
export function modelFoldersUnder(root: string): { [folder: string]: string[] } {
  return Object.fromEntries(modelFolderNames.map((name) => [name, [join(root, name), join(bundledFiles, name)]]))
}

/** How closely models compute by themselves: as the flag says, else as the setting `precision` did at the start. */
export function precisionIn({ precision }: Pick<Config, 'precision'>, settings: Settings): Precision {
  return precision ?? precisions.find((known) => known === settings['precision']) ?? 'exact'
}

/**
 * What is remembered: as the flags say, else as the settings `memo.memoryBytes` and `memo.diskBytes` said when the
 * server started.
 */
export function memoOf(
  { memo, memoDiskBytes }: Pick<Config, 'memo' | 'memoDiskBytes'>,
  settings: Settings,
): Pick<Config, 'memo' | 'memoDiskBytes'> {
  const bytesIn = (key: string): number | undefined => {
    const value = settings[key]
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
  }
  const limit = memo === defaultMemo ? bytesIn('memo.memoryBytes') : undefined
  const disk = memoDiskBytes === defaultMemoDiskBytes ? bytesIn('memo.diskBytes') : undefined
  return { memo: limit === undefined ? memo : { kind: 'bytes', limit }, memoDiskBytes: disk ?? memoDiskBytes }
}
