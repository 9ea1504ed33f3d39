import type { Issue } from './issue.ts'
import type { JsonObject, JsonValue } from './json.ts'
import type { ArtifactRef, RunErrorReport, RunEvent } from './run-event.ts'
import type { Widget } from './node-manifest.ts'
import type { NodeId, Workflow, WorkflowParameter } from './workflow.ts'

/** Where the native API lives on a server. */
export const apiPrefix = '/api/v1'

export const jobStates = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const
export type JobState = (typeof jobStates)[number]
export type FinishedJobState = Exclude<JobState, 'queued' | 'running'>
export function isFinished(state: JobState): state is FinishedJobState {
  return state !== 'queued' && state !== 'running'
}

/** One queued run of a workflow. Times are milliseconds since 1970. */
export interface Job {
  readonly id: string
  /** Counts submissions; rises by one for each job. */
  readonly number: number
  readonly state: JobState
  readonly name?: string
  /** Who submitted it; jobs of one owner share that owner's turn. */
  readonly owner: string
  /** Higher runs first. */
  readonly priority: number
  /** Set when it runs a saved workflow. */
  readonly workflow?: { readonly id: string; readonly version: number }
  readonly batch?: { readonly id: string; readonly index: number; readonly count: number }
  readonly createdAt: number
  readonly startedAt?: number
  readonly finishedAt?: number
  /** How often it was started; more than 1 after a crash or a retry. */
  readonly attempts: number
  /** 1 is next; only while queued. */
  readonly position?: number
  /** Expected time of its end, from earlier runs of like size; only while queued or running. */
  readonly expectedAt?: number
  readonly nodes?: { readonly total: number; readonly finished: number }
  readonly error?: RunErrorReport
  readonly artifacts: number
  /** The name of the device it ran on. */
  readonly device?: string
}

/** A job with what it was made of and what it left. */
export interface JobDetail extends Job {
  readonly document: Workflow
  readonly targets?: readonly NodeId[]
  readonly files: readonly ArtifactRecord[]
  readonly timeline: readonly TimelineEntry[]
}
/** One node's time on a lane, in milliseconds since the job's start; `memoryBytes` is the runner's resident memory at its end. */
export interface TimelineEntry {
  readonly node: NodeId
  readonly start: number
  readonly end: number
  readonly lane?: string
  readonly memoryBytes?: number
  readonly outcome: 'finished' | 'reused' | 'failed' | 'blocked'
}

/** What to do with a running job when its process dies: run it again (default), or mark it failed. */
export type CrashPolicy = 'requeue' | 'fail'

/** Where a value goes: a named parameter of the workflow, or an input of a node. */
export type ValueTarget = string | { readonly node: NodeId; readonly input: string }
export interface BatchAxis {
  readonly target: ValueTarget
  readonly values: readonly JsonValue[]
}
/**
 * Many jobs from one document. Axes inside a group advance together (and have the same length), groups multiply, and each
 * combination runs `count` times; seeds marked by `vary` rise by one for each repeat.
 */
export interface Batch {
  readonly groups?: readonly (readonly BatchAxis[])[]
  readonly count?: number
  readonly vary?: ValueTarget
}

export interface SubmitRequest {
  /** Exactly one of `document` and `workflow` is given. */
  readonly document?: Workflow
  readonly workflow?: { readonly id: string; readonly version?: number }
  /** Values by the workflow's parameter names. */
  readonly parameters?: { readonly [name: string]: JsonValue }
  /** Run only what these nodes need. */
  readonly targets?: readonly NodeId[]
  readonly batch?: Batch
  readonly name?: string
  readonly priority?: number
  /** Before all queued jobs of the same priority. */
  readonly front?: boolean
  readonly onCrash?: CrashPolicy
  /** Called with the job, signed, when it ends. */
  readonly webhook?: { readonly url: string; readonly secret?: string }
}
export interface SubmitResponse {
  readonly jobs: readonly Job[]
  /** Set when the submission was a batch. */
  readonly batch?: string
  readonly warnings: readonly Issue[]
  /** True when an earlier request with the same idempotency key made these jobs. */
  readonly repeated?: boolean
}
/** What a node takes to run. What is not known is missing. */
export interface NodeEstimate {
  readonly node: NodeId
  readonly type: string
  /** Floating-point operations, a product and a sum counted as two. */
  readonly flops?: number
  /** Memory beside what is loaded. */
  readonly bytes?: number
  /** On the server's device, once a run has shown how fast it is. */
  readonly seconds?: number
}
export interface ValidateResponse {
  readonly ok: boolean
  readonly issues: readonly Issue[]
  /** Of those nodes that can tell what they take, in the order in which they run; none of a document with an error. */
  readonly estimates: readonly NodeEstimate[]
}

/** What of the past is kept; what is not said is without bound. Where nothing is said, the server's own rule holds. */
export interface PruneRequest {
  /** So many of the jobs that have ended, the newest. */
  readonly keepJobs?: number
  /** Those that ended within so many days. */
  readonly keepDays?: number
  /** The newest whose files together take no more than this. */
  readonly keepBytes?: number
  /** Only tell what would go. */
  readonly dryRun?: boolean
}
export interface PruneResponse {
  readonly jobs: number
  /** Kept files that no job refers to any more. */
  readonly files: number
  readonly bytes: number
}

/** A new place in the queue. */
export interface JobPatch {
  readonly priority?: number
  readonly move?: 'front' | 'back' | { readonly before: string } | { readonly after: string }
}

export interface QueueStatus {
  readonly paused: boolean
  readonly queued: number
  readonly running: number
  /** Submissions past this many queued jobs are refused with 429. */
  readonly capacity: number
  readonly devices: readonly DeviceStatus[]
}
export interface DeviceStatus {
  readonly name: string
  readonly state: 'starting' | 'idle' | 'busy' | 'stopping' | 'failed'
  readonly job?: string
  readonly processId?: number
  readonly memoryBytes?: number
  readonly startedAt?: number
  /** How often its runner process had to be replaced. */
  readonly restarts: number
  /** Why it is not ready, and what may help. */
  readonly message?: string
}

export interface ArtifactRecord extends ArtifactRef {
  readonly job: string
  readonly node: NodeId
  readonly createdAt: number
  /** Paths on the server that the bytes, and a small picture of them, are read from. */
  readonly url: string
  readonly thumbnailUrl?: string
}

export interface WorkflowSummary {
  readonly id: string
  readonly name: string
  readonly description?: string
  readonly tags: readonly string[]
  /** The newest version; the first is 1. */
  readonly version: number
  readonly createdAt: number
  readonly updatedAt: number
}
export interface WorkflowRecord extends WorkflowSummary {
  readonly document: Workflow
}
export interface WorkflowVersion {
  readonly version: number
  readonly createdAt: number
  readonly message?: string
  /** Content hash of the canonical document. */
  readonly hash: string
}
/** A workflow that ships, to begin with. */
export interface WorkflowTemplate {
  readonly id: string
  readonly document: Workflow
}
/** A named argument of a saved workflow: what it takes, and what it is when it is not given. */
export interface WorkflowArgument extends WorkflowParameter {
  readonly name: string
  /** Names of socket types; `*` where the node is not known here. */
  readonly types: readonly string[]
  readonly value?: JsonValue
  /** How it may be asked for, with range or choices. */
  readonly widget?: Widget
}
export interface SaveWorkflowRequest {
  readonly document: Workflow
  readonly name?: string
  readonly message?: string
  /** The version that was edited; a newer one on the server is answered with 409 rather than overwritten. */
  readonly basedOn?: number
}

export interface ModelFolder {
  readonly name: string
  readonly files: number
}
/** A file that a `file` widget may choose. `name` is relative to its folder, with `/` between parts. */
export interface FileRecord {
  readonly folder: string
  readonly name: string
  readonly bytes: number
  readonly modifiedAt: number
  readonly mime?: string
  readonly width?: number
  readonly height?: number
}
export interface ModelDetail extends FileRecord {
  readonly hash: string
  /** The header's metadata, as the file has it. */
  readonly metadata: JsonObject
  readonly tensors?: number
}
export interface UploadResponse extends FileRecord {
  readonly hash: string
}
export interface DownloadRequest {
  readonly url: string
  readonly folder: string
  readonly name?: string
  /** 64 hex digits; a file that differs is removed. */
  readonly sha256?: string
}
export interface Download {
  readonly id: string
  readonly url: string
  readonly folder: string
  readonly name: string
  readonly state: 'running' | 'succeeded' | 'failed' | 'cancelled'
  readonly receivedBytes: number
  readonly totalBytes?: number
  readonly error?: string
}

export type Settings = { readonly [key: string]: JsonValue }

export interface SystemStatus {
  readonly version: string
  readonly platform: string
  readonly node: string
  readonly memory: { readonly totalBytes: number; readonly freeBytes: number; readonly serverBytes: number }
  readonly queue: QueueStatus
  readonly role: Role
  /** Node packs, with the reason where one could not be loaded. */
  readonly nodePacks: readonly { readonly name: string; readonly nodes: number; readonly error?: string }[]
}
/** A viewer reads; an owner also changes. */
export type Role = 'owner' | 'viewer'

/** What every answer of 400 and above carries. */
export interface ApiErrorBody {
  readonly error: {
    readonly code: string
    /** What is wrong and where. */
    readonly message: string
    /** The way out. */
    readonly hint?: string
    readonly issues?: readonly Issue[]
    readonly requestId?: string
  }
}

/** A run event as it is stored and sent; previews travel as binary frames. */
export type WireRunEvent = Exclude<RunEvent, { readonly type: 'node-preview' }>
/** Changes of a job that are no run events. */
export type JobEvent =
  | { readonly type: 'job-queued'; readonly job: Job }
  | { readonly type: 'job-started'; readonly device: string; readonly attempt: number }
  | { readonly type: 'job-requeued'; readonly reason: string }
  | { readonly type: 'job-changed'; readonly priority: number }
  | { readonly type: 'job-succeeded' }
  | { readonly type: 'job-failed'; readonly error: RunErrorReport }
  | { readonly type: 'job-cancelled' }
  | { readonly type: 'job-deleted' }

/**
 * What a server sends. A `JobMessage` with `seq` is kept: it can be replayed from any number, and numbers rise across all jobs.
 * One without (progress) is passing, like previews: only the newest matters.
 */
export type ServerMessage = HelloMessage | JobMessage | QueueMessage | ErrorMessage
export interface HelloMessage {
  readonly type: 'hello'
  /** The newest number at the time of connecting. */
  readonly seq: number
  /** Differs when the database is another one, so that old numbers mean nothing. */
  readonly store: string
  readonly version: string
}
export interface JobMessage {
  readonly type: 'job'
  readonly job: string
  readonly seq?: number
  readonly at: number
  readonly event: JobEvent | WireRunEvent
}
export interface QueueMessage {
  readonly type: 'queue'
  readonly queue: QueueStatus
}
export interface ErrorMessage {
  readonly type: 'error'
  readonly error: ApiErrorBody['error']
}

/** What a client may send. Each `subscribe` replaces the one before. */
export type ClientMessage = {
  readonly type: 'subscribe'
  /** Replay everything kept after this number first. */
  readonly after?: number
  /** Only these jobs; absent means all. */
  readonly jobs?: readonly string[]
  /** Also send previews as binary frames. */
  readonly previews?: boolean
}

/** What a preview frame says of its picture. */
export interface PreviewHeader {
  readonly job: string
  readonly node: NodeId
  readonly mime: string
  readonly width: number
  readonly height: number
  readonly index: number
}

/** A binary frame: byte 0 is 1 (a preview), bytes 1–4 the length of the JSON header (big-endian), then the header, then the picture. */
export function encodePreviewFrame(header: PreviewHeader, picture: Uint8Array): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header))
  const frame = new Uint8Array(5 + text.length + picture.length)
  frame[0] = 1
  new DataView(frame.buffer).setUint32(1, text.length)
  frame.set(text, 5)
  frame.set(picture, 5 + text.length)
  return frame
}

/** Reads a frame of `encodePreviewFrame`; null for any other kind or a frame that is cut short. The picture is a view into `frame`. */
export function decodePreviewFrame(frame: Uint8Array): { header: PreviewHeader; picture: Uint8Array } | null {
  if (frame[0] !== 1 || frame.length < 5) return null
  const length = new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getUint32(1)
  if (5 + length > frame.length) return null
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder().decode(frame.subarray(5, 5 + length)))
  } catch {
    return null
  }
  return isPreviewHeader(header) ? { header, picture: frame.subarray(5 + length) } : null
}
function isPreviewHeader(value: unknown): value is PreviewHeader {
  if (typeof value !== 'object' || value === null) return false
  const header: { [K in keyof PreviewHeader]?: unknown } = value
  return [header.job, header.node, header.mime].every((field) => typeof field === 'string')
}
