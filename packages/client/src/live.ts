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
    socket?.send(JSON.stringify(subscription(seq, jobs, options.previews)))
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
        if (message.seq !== undefined && message.seq <= (seq ?? -1)) return
        seq = message.seq ?? seq
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
    moveTo('connecting')
    const current = socketOf()
    socket = current
    listen(current, () => socket === current, { receive, onPreview: options.onPreview, onClose: connectLater })
  }
  const connectLater = (): void => {
    if (state === 'closed') return
    moveTo('waiting')
    timer = setTimeout(connect, delay(attempt++))
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

/** Hears one socket for as long as it is the current one. */
function listen(
  socket: SocketLike,
  isCurrent: () => boolean,
  to: {
    readonly receive: (message: ServerMessage) => void
    readonly onPreview: LiveOptions['onPreview'] | undefined
    readonly onClose: () => void
  },
): void {
  socket.binaryType = 'arraybuffer'
  socket.onmessage = (event: { data: unknown }) => {
    if (!isCurrent()) return
    if (typeof event.data === 'string') to.receive(JSON.parse(event.data) as ServerMessage)
    else if (event.data instanceof ArrayBuffer) {
      const frame = decodePreviewFrame(new Uint8Array(event.data))
      if (frame) to.onPreview?.(frame.header, frame.picture)
    }
  }
  // An error is always followed by a close, which is where the next attempt begins.
  socket.onerror = () => undefined
  socket.onclose = () => {
    if (isCurrent()) to.onClose()
  }
}

const subscription = (
  after: number | undefined,
  jobs: readonly string[] | undefined,
  previews = false,
): ClientMessage => ({
  type: 'subscribe',
  ...(after === undefined ? {} : { after }),
  ...(jobs ? { jobs } : {}),
  previews,
})
