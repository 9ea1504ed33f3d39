import type { ArtifactRef, JobState, JsonObject, NodeId, RunErrorReport, Workflow } from '@patchbay/engine/workflow'
import type { CrashPolicy, Job, TimelineEntry } from '../api/api-types.ts'
import type { TraceContext } from '../telemetry/trace-context.ts'

/** What pictures carry with them, by keyword: the workflow above all. */
export type EmbeddedTexts = { readonly [keyword: string]: string }

/**
 * What a surface keeps with a job for itself, e.g. whose socket hears of it. The job store carries it and never reads
 * it.
 */
export interface JobOrigin {
  readonly surface: string
  /** Texts that pictures of this job carry besides the workflow. */
  readonly embedded?: EmbeddedTexts
  /** Side effects of the same inputs as in an earlier run are told again instead of repeated. */
  readonly reuseEffects?: boolean
  readonly details?: JsonObject
}
export interface Webhook {
  readonly url: string
  readonly secret?: string
}

/** A job as it is submitted. */
export interface JobDraft {
  readonly id: string
  readonly document: Workflow
  readonly targets?: readonly NodeId[]
  readonly name?: string
  readonly owner: string
  /** Jobs of a higher priority start first. */
  readonly priority: number
  /** Before all that waits at its priority. */
  readonly front?: boolean
  readonly workflow?: { readonly id: string; readonly version: number }
  readonly batch?: { readonly id: string; readonly index: number; readonly count: number }
  readonly onCrash?: CrashPolicy
  readonly webhook?: Webhook
  readonly origin?: JobOrigin
  readonly trace?: TraceContext
}

/** A job with all that was submitted, and the timeline of its last run. */
export interface StoredJob extends Job {
  readonly document: Workflow
  readonly targets?: readonly NodeId[]
  readonly timeline: readonly TimelineEntry[]
  readonly onCrash?: CrashPolicy
  readonly webhook?: Webhook
  readonly origin?: JobOrigin
  readonly trace?: TraceContext
}

export interface JobFilter {
  readonly state?: readonly JobState[]
  readonly batch?: string
  readonly workflow?: string
  readonly owner?: string
  readonly surface?: string
  readonly limit: number
  /** Passes over so many of the newest. */
  readonly offset?: number
  /** Only jobs with a smaller number. */
  readonly before?: number
}

/** Which run of a job writes: a number that rises with each claim of the job. */
export interface Fence {
  readonly job: string
  readonly claim: number
}

/** A kept file as an earlier run of the same job left it. */
export type EarlierOutput = Pick<ArtifactRef, 'hash' | 'name'>

/** A job that was handed to a device. */
export interface Claim {
  readonly job: StoredJob
  readonly fence: Fence
  /** What broken runs of it have kept. The records are gone; files of these names may still be there. */
  readonly earlier: readonly EarlierOutput[]
}

export interface RunEnd {
  readonly state: 'succeeded' | 'failed' | 'cancelled'
  readonly error?: RunErrorReport
  readonly timeline?: readonly TimelineEntry[]
  /** What it gave, by name, and the values that it used. */
  readonly results?: JsonObject
  readonly used?: JsonObject
}
