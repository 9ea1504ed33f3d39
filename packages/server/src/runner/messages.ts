import type {
  JsonObject,
  NodeId,
  RegistryManifest,
  RunErrorReport,
  RunEvent,
  Workflow,
} from '@patchbay/engine/workflow'
import type { TimelineEntry, ValidateResponse } from '../api/api-types.ts'
import type { Device } from '@patchbay/nodes'
import type { NodePack } from '../packs/node-pack.ts'
import type { EarlierOutput, EmbeddedTexts } from '../store/stored-job.ts'
import type { Precision } from '@patchbay/nodes/precision'
import type { WeightCache } from './weight-cache.ts'

/** The options of a runner process, sent once at its start. */
export interface RunnerOptions {
  /** `validator` only loads definitions and checks workflows; `device` also runs them. */
  readonly role: 'validator' | 'device'
  readonly device: Device
  readonly nodePacks: readonly string[]
  /** Packs that are not to be tried, with the reason. */
  readonly leftOut?: { readonly [pack: string]: string }
  /** Whether the nodes that ship are loaded too. */
  readonly builtIn: boolean
  readonly artifactDirectory: string
  readonly inputDirectory: string
  readonly outputDirectory: string
  readonly tempDirectory: string
  readonly memoDirectory: string
  /** Where training states and fetched data are kept. */
  readonly workDirectory: string
  readonly modelFolders: { readonly [folder: string]: readonly string[] }
  /** Where large models keep float32 copies of their weights. */
  readonly weightCache?: WeightCache
  /** What `auto` means where a node is asked how closely its model computes. */
  readonly precision?: Precision
  /** What is remembered between runs. */
  readonly memo: MemoPolicy
  /** How much of it is also kept on disk; 0 is nothing. */
  readonly memoDiskBytes: number
}
/** Up to so many bytes, or so many results; only those of the last run; or nothing. */
export type MemoPolicy =
  | { readonly kind: 'bytes' | 'count'; readonly limit: number }
  | { readonly kind: 'last-run' }
  | { readonly kind: 'none' }

export type ToRunner =
  | { readonly type: 'start'; readonly options: RunnerOptions }
  | {
      readonly type: 'validate'
      readonly request: number
      readonly document: Workflow
      readonly targets?: readonly NodeId[]
    }
  | {
      readonly type: 'run'
      readonly job: string
      readonly document: Workflow
      readonly targets?: readonly NodeId[]
      readonly embedded: EmbeddedTexts
      /** Side effects of the same inputs are reported again instead of repeated. */
      readonly reuseEffects: boolean
      /** Files that broken runs of this job have kept; the same content takes its old name again. */
      readonly earlier: readonly EarlierOutput[]
    }
  | { readonly type: 'cancel'; readonly job: string }
  /** Drop what is remembered and loaded; `effects`: what side effects left, which may be gone. */
  | { readonly type: 'free'; readonly models: boolean; readonly memo: boolean; readonly effects?: boolean }

export type FromRunner =
  /** Which node pack is about to be loaded. */
  | { readonly type: 'loading'; readonly pack: string }
  /** A pack threw where nobody could catch it. The process ends. */
  | { readonly type: 'pack-broke'; readonly pack: string; readonly reason: string }
  | { readonly type: 'ready'; readonly manifest: RegistryManifest; readonly packs: readonly NodePack[] }
  | ({ readonly type: 'validated'; readonly request: number } & Checked)
  | { readonly type: 'events'; readonly job: string; readonly events: readonly RunEvent[] }
  | ({ readonly type: 'ended'; readonly job: string } & RunOutcome)

/** What was found of a workflow before it runs. */
export type Checked = Omit<ValidateResponse, 'ok'>

export interface RunOutcome {
  readonly state: 'succeeded' | 'failed' | 'cancelled'
  readonly error?: RunErrorReport
  readonly timeline: readonly TimelineEntry[]
  readonly memoryBytes: number
  /** What it gave, by name, and the values that it used. */
  readonly results?: JsonObject
  readonly used?: JsonObject
}
