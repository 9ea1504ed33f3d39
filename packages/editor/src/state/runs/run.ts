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
      return run
    case 'job-started':
      return {
        ...run,
        state: 'running',
        device: event.device,
        nodes: {},
        artifacts: {},
        warnings: {},
        traces: {},
        done: 0,
        startedAt: at,
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
    case 'node-started':
      return withNode(run, event.node, { state: 'running', startedAt: at })
    case 'node-progress':
      // Progress is throttled on its way, so the last of it may come after the end.
      if (run.nodes[event.node]?.state !== 'running') return run
      return withNode(traced(run, event), event.node, {
        ...run.nodes[event.node],
        state: 'running',
        step: event.step,
        steps: event.steps,
        ...(event.text === undefined ? {} : { text: event.text }),
      })
    case 'node-reused':
      return withNode(run, event.node, { state: 'reused', reusedFrom: event.from }, 1)
    case 'node-finished': {
      const finished = withNode(
        run,
        event.node,
        { state: 'finished', ms: event.ms, ...(event.notReused === undefined ? {} : { notReused: event.notReused }) },
        1,
      )
      return event.shown ? { ...finished, shown: { ...finished.shown, [event.node]: event.shown } } : finished
    }
    case 'node-artifact': {
      const artifacts = [...(run.artifacts[event.node] ?? []), event.artifact]
      const images = artifacts.filter((artifact) => artifact.kind === 'image')
      const pictures =
        images.length > 0
          ? { ...run.pictures, [event.node]: images.map((artifact): Picture => ({ kind: 'artifact', artifact })) }
          : run.pictures
      return { ...run, artifacts: { ...run.artifacts, [event.node]: artifacts }, pictures }
    }
    case 'node-warned': {
      const before = run.warnings[event.node] ?? []
      if (before.includes(event.message)) return run
      return { ...run, warnings: { ...run.warnings, [event.node]: [...before, event.message] } }
    }
    case 'node-blocked':
      return withNode(run, event.node, { state: 'blocked', ...(event.reason ? { blockedBy: event.reason } : {}) }, 1)
    case 'node-skipped':
      return withNode(run, event.node, { state: 'skipped' }, 1)
    case 'node-expanded':
      return { ...run, total: run.total + event.nodes.length }
    case 'node-retried':
      return withNode(run, event.node, {
        ...run.nodes[event.node],
        state: 'running',
        attempt: event.attempt,
        text: event.message,
      })
    case 'node-failed':
      return withNode(run, event.node, { state: 'failed', error: event.error }, 1)
    case 'run-succeeded':
    case 'run-cancelled':
      return run
    case 'run-failed':
      return { ...run, error: event.error }
  }
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
