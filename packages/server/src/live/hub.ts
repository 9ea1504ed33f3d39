import {
  type JobMessage,
  type PreviewHeader,
  type QueueStatus,
  type ServerMessage,
  encodePreviewFrame,
} from '@patchbay/engine/workflow'
import type { EventLog } from './event-log.ts'
import { createStanding } from './standing.ts'

/** Where messages of one viewer go: a WebSocket, an SSE response. */
export interface Sink {
  send(text: string, message: ServerMessage): void
  sendBytes?(frame: Uint8Array): void
  /** True while too much is waiting to be sent to this viewer. */
  congested(): boolean
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
export type Hub = ReturnType<typeof createHub>

const pageSize = 500

/**
 * Fans messages out. A viewer is either live, or it reads the event log in pages until it has caught up; one that is slow falls back to
 * the log, so nothing is buffered for it and nothing kept is lost. Passing messages (progress, previews) are dropped for it; once it has caught
 * up it is told the last ones of the jobs that run.
 */
export function createHub(log: EventLog) {
  interface State {
    readonly sink: Sink
    jobs: ReadonlySet<string> | undefined
    previews: boolean
    seq: number
    live: boolean
  }
  const viewers = new Set<State>()
  const standing = createStanding()
  const listeners = new Set<(message: JobMessage) => void>()
  const previewListeners = new Set<(header: PreviewHeader, picture: Uint8Array) => void>()

  function catchUp(viewer: State): void {
    while (!viewer.sink.congested()) {
      const page = log.after(viewer.seq, pageSize, viewer.jobs && [...viewer.jobs])
      for (const message of page) {
        viewer.sink.send(JSON.stringify(message), message)
        viewer.seq = message.seq ?? viewer.seq
      }
      if (page.length < pageSize) {
        viewer.live = true
        tellStanding(viewer)
        return
      }
    }
    viewer.live = false
  }
  function tellStanding({ sink, jobs, previews }: State): void {
    for (const passing of standing.of(jobs)) {
      if (sink.congested()) return
      if ('message' in passing) sink.send(JSON.stringify(passing.message), passing.message)
      else if (previews) sink.sendBytes?.(encodePreviewFrame(passing.header, passing.picture))
    }
  }
  const hears = (viewer: State, job: string): boolean => viewer.jobs?.has(job) ?? true

  return {
    /** Sends kept messages (which are committed already) and passing ones to whom they concern. */
    publish(messages: readonly JobMessage[]): void {
      for (const message of messages) {
        standing.hear(message)
        let text: string | undefined
        for (const viewer of viewers) {
          if (!viewer.live || !hears(viewer, message.job)) continue
          if (viewer.sink.congested()) {
            if (message.seq !== undefined) viewer.live = false
            continue
          }
          text ??= JSON.stringify(message)
          viewer.sink.send(text, message)
          if (message.seq !== undefined) viewer.seq = message.seq
        }
        for (const listener of listeners) listener(message)
      }
    },
    publishPreview(header: PreviewHeader, picture: Uint8Array): void {
      standing.see(header, picture)
      let frame: Uint8Array | undefined
      for (const { sink, live, previews, jobs } of viewers) {
        if (!live || !previews || !sink.sendBytes || sink.congested() || !(jobs?.has(header.job) ?? true)) continue
        frame ??= encodePreviewFrame(header, picture)
        sink.sendBytes(frame)
      }
      for (const listener of previewListeners) listener(header, picture)
    },
    publishQueue(queue: QueueStatus): void {
      const message: ServerMessage = { type: 'queue', queue }
      const text = JSON.stringify(message)
      for (const { sink, live } of viewers) if (live && !sink.congested()) sink.send(text, message)
    },

    /** Adds a viewer that hears nothing until it subscribes. */
    view(sink: Sink): Viewer {
      const viewer: State = { sink, jobs: undefined, previews: false, seq: 0, live: false }
      let subscribed = false
      viewers.add(viewer)
      return {
        subscribe({ after, jobs, previews }) {
          subscribed = true
          viewer.jobs = jobs && new Set(jobs)
          viewer.previews = previews ?? false
          viewer.seq = after ?? log.newest()
          viewer.live = false
          catchUp(viewer)
        },
        resume() {
          if (subscribed && !viewer.live && viewers.has(viewer)) catchUp(viewer)
        },
        close() {
          viewers.delete(viewer)
        },
      }
    },
    /** Hears every message in this process. Returns how to stop. */
    listen(listener: (message: JobMessage) => void): () => void {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    listenPreviews(listener: (header: PreviewHeader, picture: Uint8Array) => void): () => void {
      previewListeners.add(listener)
      return () => void previewListeners.delete(listener)
    },
    viewers: (): number => viewers.size,
    newest: (): number => log.newest(),
  }
}
