import {
  isFinished,
  type ArtifactRef,
  type JobState,
  type JsonObject,
  type NodeId,
  type PreviewHeader,
  type RunErrorReport,
  type WireRunEvent,
} from '@patchbay/engine/workflow'
import type { JobEvent } from '@patchbay/client'
import { extended, numbersIn, type Curve } from './shown.ts'

/** What is known of one node in a run. */
export interface NodeRun {
  readonly state: 'running' | 'finished' | 'reused' | 'failed' | 'blocked' | 'skipped'
  /** Server time of its start, in milliseconds since 1970. */
  readonly startedAt?: number
  readonly step?: number
  readonly steps?: number
  readonly text?: string
  readonly ms?: number
  readonly reusedFrom?: 'memory' | 'disk' | 'in-flight'
  readonly notReused?: string
  readonly blockedBy?: string
  readonly attempt?: number
  readonly error?: RunErrorReport
}

/** A picture to show on a node: a passing preview, or a kept artifact. */
export type Picture =
  | {
      readonly kind: 'preview'
      readonly mime: string
      readonly width: number
      readonly height: number
      readonly index: number
      readonly bytes: Uint8Array
    }
  | { readonly kind: 'artifact'; readonly artifact: ArtifactRef }

/** Whether a kept file is looked at: a picture, or one that moves. */
export function isSeen({ kind }: Pick<ArtifactRef, 'kind'>): boolean {
  return kind === 'image' || kind === 'video'
}

/** The kinds of kept files that are looked at. */
export const seenKinds = ['image', 'video'] as const

export interface JobRun {
  readonly job: string
  readonly state: JobState
  readonly total: number
  readonly done: number
  readonly startedAt?: number
  readonly device?: string
  readonly error?: RunErrorReport
  readonly nodes: { readonly [node: NodeId]: NodeRun }
  /** Kept files of this run by node. */
  readonly artifacts: { readonly [node: NodeId]: readonly ArtifactRef[] }
  /** What stands on the nodes; carried over from the run before until replaced, so that nodes keep their size. */
  readonly pictures: { readonly [node: NodeId]: readonly Picture[] }
  readonly shown: { readonly [node: NodeId]: JsonObject }
  /** What nodes warned of. */
  readonly warnings: { readonly [node: NodeId]: readonly string[] }
  /** Numbers that nodes told with their steps, such as the loss of a training. */
  readonly traces: { readonly [node: NodeId]: Curve }
}

export function startRun(job: string, before?: JobRun): JobRun {
  return {
    job,
    state: 'queued',
    total: 0,
    done: 0,
    nodes: {},
    artifacts: {},
    pictures: before?.pictures ?? {},
    shown: before?.shown ?? {},
    warnings: {},
    traces: {},
  }
}

function withNode(run: JobRun, node: NodeId, change: NodeRun, done = 0): JobRun {
  return { ...run, done: run.done + done, nodes: { ...run.nodes, [node]: change } }
}

/** The run after one event. Events of a finished run that come again (a replay) change nothing that counts. */
export function applyEvent(run: JobRun, event: JobEvent | WireRunEvent, at: number): JobRun {
  switch (event.type) {
    case 'job-queued':
    case 'job-changed':
    case 'job-deleted':
    case 'run-succeeded':
    case 'run-cancelled':
      return run
    case 'job-started': {
      const fresh = { nodes: {}, artifacts: {}, warnings: {}, traces: {}, done: 0 }
      return { ...run, ...fresh, state: 'running', device: event.device, startedAt: at }
    }
    case 'job-requeued':
      return { ...run, state: 'queued', nodes: {}, done: 0 }
    case 'job-succeeded':
      return { ...run, state: 'succeeded' }
    case 'job-failed':
      return { ...stopped(run), state: 'failed', error: event.error }
    case 'job-cancelled':
      return { ...stopped(run), state: 'cancelled' }
    case 'run-started':
      return { ...run, state: 'running', total: event.nodes, startedAt: run.startedAt ?? at }
    case 'run-failed':
      return { ...run, error: event.error }
    default:
      return applyNodeEvent(run, event, at)
  }
}

type NodeEvent = Extract<WireRunEvent, { readonly node: NodeId }>

function applyNodeEvent(run: JobRun, event: NodeEvent, at: number): JobRun {
  const before = run.nodes[event.node]
  const started = before?.startedAt === undefined ? {} : { startedAt: before.startedAt }
  switch (event.type) {
    case 'node-started':
      return withNode(run, event.node, { state: 'running', startedAt: at })
    case 'node-progress':
      // Progress is throttled on its way, so the last of it may come after the end.
      if (before?.state !== 'running') return run
      return withNode(traced(run, event), event.node, {
        ...before,
        step: event.step,
        steps: event.steps,
        ...(event.text === undefined ? {} : { text: event.text }),
      })
    case 'node-reused': {
      const reused = withNode(run, event.node, { state: 'reused', reusedFrom: event.from, startedAt: at, ms: 0 }, 1)
      return withShown(reused, event)
    }
    case 'node-finished': {
      const why = event.notReused === undefined ? {} : { notReused: event.notReused }
      return withShown(withNode(run, event.node, { state: 'finished', ...started, ms: event.ms, ...why }, 1), event)
    }
    case 'node-warned': {
      const told = run.warnings[event.node] ?? []
      if (told.includes(event.message)) return run
      return { ...run, warnings: { ...run.warnings, [event.node]: [...told, event.message] } }
    }
    case 'node-artifact':
      return withArtifact(run, event)
    case 'node-blocked':
      return withNode(run, event.node, { state: 'blocked', ...(event.reason ? { blockedBy: event.reason } : {}) }, 1)
    case 'node-skipped':
      return withNode(run, event.node, { state: 'skipped' }, 1)
    case 'node-expanded':
      return { ...run, total: run.total + event.nodes.length }
    case 'node-retried':
      return withNode(run, event.node, { ...before, state: 'running', attempt: event.attempt, text: event.message })
    case 'node-failed': {
      const ended = before?.startedAt === undefined ? {} : { ...started, ms: Math.max(0, at - before.startedAt) }
      return withNode(run, event.node, { state: 'failed', ...ended, error: event.error }, 1)
    }
  }
}

function withShown(run: JobRun, { node, shown }: { readonly node: NodeId; readonly shown?: JsonObject }): JobRun {
  return shown ? { ...run, shown: { ...run.shown, [node]: shown } } : run
}

function withArtifact(run: JobRun, { node, artifact }: Extract<NodeEvent, { type: 'node-artifact' }>): JobRun {
  const kept = [...(run.artifacts[node] ?? []), artifact]
  const artifacts = { ...run.artifacts, [node]: kept }
  const images = kept.filter(isSeen).map((one): Picture => ({ kind: 'artifact', artifact: one }))
  return images.length > 0
    ? { ...run, artifacts, pictures: { ...run.pictures, [node]: images } }
    : { ...run, artifacts }
}

function traced(run: JobRun, { node, step, text }: Extract<WireRunEvent, { type: 'node-progress' }>): JobRun {
  const numbers = text === undefined ? {} : numbersIn(text)
  if (Object.keys(numbers).length === 0) return run
  return { ...run, traces: { ...run.traces, [node]: extended(run.traces[node], step, numbers) } }
}

/** Nodes that were running when the job ended are not any more. */
function stopped(run: JobRun): JobRun {
  return { ...run, nodes: Object.fromEntries(Object.entries(run.nodes).filter(([, node]) => node.state !== 'running')) }
}

export function applyPreview(run: JobRun, header: PreviewHeader, bytes: Uint8Array): JobRun {
  if (isFinished(run.state) || run.artifacts[header.node]) return run
  const { node, mime, width, height, index } = header
  const before = run.pictures[node] ?? []
  const kept = before.filter(
    (picture): picture is Extract<Picture, { kind: 'preview' }> =>
      picture.kind === 'preview' && picture.index !== index,
  )
  const pictures = [...kept, { kind: 'preview' as const, mime, width, height, index, bytes }].sort(
    (a, b) => a.index - b.index,
  )
  return { ...run, pictures: { ...run.pictures, [node]: pictures } }
}

/** Width through height of the first picture on a node. */
export function pictureAspect(pictures: readonly Picture[] | undefined): number | undefined {
  const [first] = pictures ?? []
  if (!first) return undefined
  const { width, height } = first.kind === 'preview' ? first : first.artifact
  return width && height ? width / height : 1
}

/** What a node, or the nodes inside it, warned of: one sentence a line. */
export function warningsOfInner(run: JobRun, node: NodeId): string {
  const own = Object.entries(run.warnings).filter(([id]) => id === node || id.startsWith(`${node}/`))
  return own.flatMap(([, messages]) => messages).join('\n')
}

/** The state of a sub-workflow node: what most urgently holds for any node inside. */
export function runOfInner(run: JobRun, node: NodeId): NodeRun | undefined {
  const inside = Object.entries(run.nodes).filter(([id]) => id.startsWith(`${node}/`))
  if (inside.length === 0) return run.nodes[node]
  const failed = inside.find(([, one]) => one.state === 'failed')
  const running = inside.find(([, one]) => one.state === 'running')
  return failed?.[1] ?? running?.[1] ?? run.nodes[node] ?? inside.at(-1)?.[1]
}
