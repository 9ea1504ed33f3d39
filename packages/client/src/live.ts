import { type PreviewHeader, decodePreviewFrame } from '@patchbay/engine/workflow'
import type { ClientMessage, JobMessage, QueueStatus, ServerMessage } from './generated/api.ts'

/** As much of a WebSocket as is used, so that a browser's and any npm package's fit. */
export interface SocketLike {
  binaryType: string
  readonly readyState: number
  send(text: string): void
  close(code?: number): void
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
}
/** What makes such a socket, as a browser's `WebSocket` does. */
export type SocketConstructor = new (url: string, protocols?: string[]) => SocketLike

/** `waiting` is the time before the next attempt to connect. */
export type ConnectionState = 'connecting' | 'open' | 'waiting' | 'closed'
/** What to follow, and what to call with it. */
export interface LiveOptions {
  /** Replay everything kept after this number, first. Absent: from the moment of connecting. */
  readonly after?: number
  /** Only these jobs. */
  readonly jobs?: readonly string[]
  /** Also previews; they come only from the moment of connecting. */
  readonly previews?: boolean
  /** Called once for each kept event, in order, whatever happened to the connection between. */
  readonly onEvent?: (message: JobMessage) => void
  readonly onPreview?: (header: PreviewHeader, picture: Uint8Array) => void
  readonly onQueue?: (queue: QueueStatus) => void
  readonly onState?: (state: ConnectionState) => void
  /** The server's database is another one than before: what was known of jobs means nothing any more. */
  readonly onReset?: () => void
}
/** A connection that connects again by itself until it is closed. */
export interface Live {
  readonly state: ConnectionState
  /** The number of the newest event seen; where another connection would go on. */
  readonly seq: number | undefined
  /** Watch other jobs from here on. */
  watch(jobs: readonly string[] | undefined): void
  close(): void
}

/**
 * Milliseconds before the n-th attempt to connect again: 250 ms, doubling to 10 s, ± 20 % so that clients do not
 * return in step.
 */
export function reconnectDelay(attempt: number, random: () => number = Math.random): number {
  return Math.min(10_000, 250 * 2 ** Math.min(attempt, 10)) * (0.8 + 0.4 * random())
}

/** Follows the server's events; connects again by itself and goes on after the last event it saw. */
export function followEvents(
  socketOf: () => SocketLike,
  options: LiveOptions,
  delay: (attempt: number) => number = reconnectDelay,
): Live {
  let seq = options.after
  let store: string | undefined
  let jobs = options.jobs
  let attempt = 0
  let state: ConnectionState = 'connecting'
  let socket: SocketLike | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  const moveTo = (next: ConnectionState): void => {
    if (state === next) return
    state = next
    options.onState?.(next)
  }
  const subscribe = (): void => {
    const message: ClientMessage = {
      type: 'subscribe',
      ...(seq === undefined ? {} : { after: seq }),
      ...(jobs ? { jobs } : {}),
      previews: options.previews ?? false,
    }
    socket?.send(JSON.stringify(message))
  }
  const receive = (message: ServerMessage): void => {
    switch (message.type) {
      case 'hello':
        if (store !== undefined && store !== message.store) {
          seq = undefined
          options.onReset?.()
        }
        store = message.store
        attempt = 0
        seq ??= message.seq
        subscribe()
        moveTo('open')
        return
      case 'job':
        // A replay after reconnecting may overlap what came before; each number is delivered once.
        if (message.seq !== undefined) {
          if (seq !== undefined && message.seq <= seq) return
          seq = message.seq
        }
        options.onEvent?.(message)
        return
      case 'queue':
        options.onQueue?.(message.queue)
        return
      case 'error':
        return
    }
  }
  const connect = (): void => {
    const current = socketOf()
    socket = current
    current.binaryType = 'arraybuffer'
    current.onmessage = (event: { data: unknown }) => {
      if (socket !== current) return
      if (typeof event.data === 'string') receive(JSON.parse(event.data) as ServerMessage)
      else if (event.data instanceof ArrayBuffer) {
        const frame = decodePreviewFrame(new Uint8Array(event.data))
        if (frame) options.onPreview?.(frame.header, frame.picture)
      }
    }
    // An error is always followed by a close, which is where the next attempt begins.
    current.onerror = () => undefined
    current.onclose = () => {
      if (socket !== current || state === 'closed') return
      moveTo('waiting')
      timer = setTimeout(() => {
        moveTo('connecting')
        connect()
      }, delay(attempt++))
    }
  }
  connect()

  return {
    get state() {
      return state
    },
    get seq() {
      return seq
    },
    watch(next) {
      jobs = next
      if (state === 'open') subscribe()
    },
    close() {
      if (state === 'closed') return
      clearTimeout(timer)
      moveTo('closed')
      socket?.close(1000)
    },
  }
}
