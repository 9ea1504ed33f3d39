import { type PreviewHeader, encodePreviewFrame } from '@patchbay/engine/workflow'
import type { JobMessage, QueueStatus, ServerMessage } from '../api/api-types.ts'
import type { EventLog } from '../store/event-log.ts'
import { createStanding } from './standing.ts'

/** Where messages of one viewer go: a WebSocket, an SSE response. */
export interface Sink {
  send(text: string, message: ServerMessage): void
  sendBytes?(frame: Uint8Array): void
  /** True while too much is waiting to be sent to this viewer. */
  congested(): boolean
  /** The log could not be read; the viewer may come back and replay. */
  fail(error: unknown): void
}
export interface Subscription {
  readonly after?: number
  readonly jobs?: readonly string[]
  readonly previews?: boolean
}
export interface Viewer {
  /** Replaces what this viewer hears of, and replays. */
  subscribe(subscription: Subscription): void
  /** Call when the sink has room again. */
  resume(): void
  close(): void
}
/** Fans messages out to viewers, and to listeners inside the server. */
export interface Hub {
  /**
   * Sends kept messages, which are committed already and come in the order of their numbers, and passing ones, to whom
   * they concern.
   */
  publish(messages: readonly JobMessage[]): void
  publishPreview(header: PreviewHeader, picture: Uint8Array): void
  publishQueue(queue: QueueStatus): void
  /** Adds a viewer that hears nothing until it subscribes. */
  view(sink: Sink): Viewer
  /** Hears every message in this process. Returns how to stop. */
  listen(listener: (message: JobMessage) => void): () => void
  listenPreviews(listener: (header: PreviewHeader, picture: Uint8Array) => void): () => void
  viewers(): number
  /** The number of the newest kept message. */
  newest(): Promise<number>
}

interface ViewerState {
  readonly sink: Sink
  jobs: ReadonlySet<string> | undefined
  previews: boolean
  /** The last number that was sent. */
  seq: number
  /** Hears messages as they are published; otherwise it reads the log, or waits for room. */
  live: boolean
  /** Counts subscriptions; a replay of an earlier one ends. 0: there was none. */
  round: number
  reading: boolean
}

const pageSize = 500

/**
 * A viewer is either live, or it reads the event log in pages until it has caught up; one that is slow falls back to
 * the log, so nothing is buffered for it and nothing kept is lost. Passing messages (progress, previews) are dropped
 * for it; once it has caught up it is told the last ones of the jobs that run.
 */
export function createHub(log: Pick<EventLog, 'after' | 'newest'>): Hub {
  const viewers = new Set<ViewerState>()
  const standing = createStanding()
  const listeners = new Set<(message: JobMessage) => void>()
  const previewListeners = new Set<(header: PreviewHeader, picture: Uint8Array) => void>()
  const replay = createReplay(log, (viewer) => {
    for (const passing of standing.of(viewer.jobs)) {
      if (viewer.sink.congested()) return
      if ('message' in passing) viewer.sink.send(JSON.stringify(passing.message), passing.message)
      else if (viewer.previews) viewer.sink.sendBytes?.(encodePreviewFrame(passing.header, passing.picture))
    }
  })

  function publishOne(message: JobMessage): void {
    standing.hear(message)
    let text: string | undefined
    for (const viewer of viewers) {
      const { sink, jobs, seq } = viewer
      if (!viewer.live || !(jobs?.has(message.job) ?? true)) continue
      if (message.seq !== undefined && message.seq <= seq) continue
      if (sink.congested()) {
        if (message.seq !== undefined) viewer.live = false
        continue
      }
      text ??= JSON.stringify(message)
      sink.send(text, message)
      if (message.seq !== undefined) viewer.seq = message.seq
    }
    for (const listener of listeners) listener(message)
  }
  return {
    publish(messages) {
      replay.published(messages)
      for (const message of messages) publishOne(message)
    },
    publishPreview(header, picture) {
      standing.see(header, picture)
      let frame: Uint8Array | undefined
      for (const { sink, live, previews, jobs } of viewers) {
        if (!live || !previews || !sink.sendBytes || sink.congested() || !(jobs?.has(header.job) ?? true)) continue
        frame ??= encodePreviewFrame(header, picture)
        sink.sendBytes(frame)
      }
      for (const listener of previewListeners) listener(header, picture)
    },
    publishQueue(queue) {
      const message: ServerMessage = { type: 'queue', queue }
      const text = JSON.stringify(message)
      for (const { sink, live } of viewers) if (live && !sink.congested()) sink.send(text, message)
    },
    view(sink) {
      const viewer: ViewerState = {
        ...{ sink, jobs: undefined, previews: false, seq: 0 },
        ...{ live: false, round: 0, reading: false },
      }
      viewers.add(viewer)
      return {
        subscribe: (subscription) => void replay.subscribe(viewer, subscription),
        resume() {
          if (viewer.round > 0 && !viewer.live && !viewer.reading && viewers.has(viewer)) void replay.catchUp(viewer)
        },
        close() {
          viewers.delete(viewer)
          // Ends a replay that is under way.
          viewer.round++
        },
      }
    },
    listen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    listenPreviews(listener) {
      previewListeners.add(listener)
      return () => void previewListeners.delete(listener)
    },
    viewers: () => viewers.size,
    newest: () => log.newest(),
  }
}

/**
 * One page is read in each turn of the event loop, whoever it is for: many viewers, or one that subscribes again and
 * again, hold up nobody else.
 */
function createTurns(): () => Promise<void> {
  const waiting: (() => void)[] = []
  function begin(): void {
    waiting.shift()?.()
    if (waiting.length > 0) setImmediate(begin)
  }
  return () =>
    new Promise<void>((resolve) => {
      if (waiting.push(resolve) === 1) setImmediate(begin)
    })
}

/** Brings viewers from where they are to what is published at the moment. */
function createReplay(log: Pick<EventLog, 'after' | 'newest'>, whenLive: (viewer: ViewerState) => void) {
  const turn = createTurns()
  /** The newest number that was published. */
  let newest = 0

  /** Pages until nothing was published while the last was read: from then on publishing goes on without a gap. */
  async function readPages(viewer: ViewerState, round: number): Promise<void> {
    for (;;) {
      await turn()
      if (viewer.round !== round || viewer.sink.congested()) return
      const seen = newest
      const page = await log.after(viewer.seq, pageSize, viewer.jobs && [...viewer.jobs])
      if (viewer.round !== round) return
      for (const message of page) {
        viewer.sink.send(JSON.stringify(message), message)
        viewer.seq = message.seq ?? viewer.seq
      }
      if (page.length < pageSize && seen === newest) {
        viewer.live = true
        whenLive(viewer)
        return
      }
    }
  }
  async function catchUp(viewer: ViewerState): Promise<void> {
    const { round } = viewer
    viewer.reading = true
    viewer.live = false
    try {
      await readPages(viewer, round)
    } catch (error) {
      if (viewer.round === round) viewer.sink.fail(error)
    } finally {
      if (viewer.round === round) viewer.reading = false
    }
  }
  return {
    catchUp,
    published(messages: readonly JobMessage[]): void {
      for (const { seq } of messages) if (seq !== undefined) newest = Math.max(newest, seq)
    },
    async subscribe(viewer: ViewerState, { after, jobs, previews }: Subscription): Promise<void> {
      viewer.round++
      viewer.jobs = jobs && new Set(jobs)
      viewer.previews = previews ?? false
      viewer.live = false
      const { round } = viewer
      try {
        const from = after ?? (await log.newest())
        if (viewer.round !== round) return
        viewer.seq = from
      } catch (error) {
        viewer.sink.fail(error)
        return
      }
      await catchUp(viewer)
    },
  }
}
