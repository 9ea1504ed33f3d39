import { encodePreviewFrame } from '@patchbay/engine/workflow'
import type { JobMessage, ServerMessage } from './generated/api.ts'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type LiveOptions, type SocketLike, followEvents, reconnectDelay } from './live.ts'

class FakeSocket implements SocketLike {
  binaryType = 'blob'
  readyState = 1
  onopen: SocketLike['onopen'] = null
  onmessage: ((event: never) => void) | null = null
  onclose: ((event: never) => void) | null = null
  onerror: SocketLike['onerror'] = null
  readonly sent: Record<string, unknown>[] = []
  send(text: string): void {
    this.sent.push(JSON.parse(text))
  }
  close(): void {
    this.drop()
  }
  drop(): void {
    this.onclose?.({} as never)
  }
  say(message: ServerMessage): void {
    this.onmessage?.({ data: JSON.stringify(message) } as never)
  }
  frame(bytes: Uint8Array): void {
    this.onmessage?.({ data: bytes.slice().buffer } as never)
  }
}

const hello = (seq: number, store = 's'): ServerMessage => ({ type: 'hello', seq, store, version: '1' })
const event = (seq: number | undefined): JobMessage => ({
  type: 'job',
  job: 'j',
  at: 0,
  ...(seq === undefined ? {} : { seq }),
  event: { type: 'job-succeeded' },
})

function follow(options: LiveOptions = {}) {
  const sockets: FakeSocket[] = []
  const seen: (number | undefined)[] = []
  const live = followEvents(
    () => {
      const socket = new FakeSocket()
      sockets.push(socket)
      return socket
    },
    { ...options, onEvent: (message) => seen.push(message.seq) },
    () => 100,
  )
  return { live, sockets, seen }
}

describe('following events', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('goes on after the last event it saw when the connection breaks', () => {
    const { sockets, seen } = follow()
    sockets[0]?.say(hello(5))
    sockets[0]?.say(event(6))
    sockets[0]?.say(event(7))
    sockets[0]?.drop()
    vi.advanceTimersByTime(100)
    sockets[1]?.say(hello(9))
    expect(sockets[1]?.sent).toEqual([{ type: 'subscribe', after: 7, previews: false }])
    sockets[1]?.say(event(7))
    sockets[1]?.say(event(8))
    expect(seen).toEqual([6, 7, 8])
  })

  test('loses nothing between the greeting and its subscription', () => {
    const { sockets } = follow()
    sockets[0]?.say(hello(41))
    expect(sockets[0]?.sent[0]).toMatchObject({ after: 41 })
  })

  test('passing events have no number and are delivered as they come', () => {
    const { sockets, seen } = follow()
    sockets[0]?.say(hello(5))
    sockets[0]?.say(event(undefined))
    sockets[0]?.say(event(undefined))
    expect(seen).toEqual([undefined, undefined])
  })

  test('a different store starts over, since its numbers mean something else', () => {
    const onReset = vi.fn()
    const { sockets } = follow({ onReset })
    sockets[0]?.say(hello(500, 'old'))
    sockets[0]?.drop()
    vi.advanceTimersByTime(100)
    sockets[1]?.say(hello(2, 'new'))
    expect(onReset).toHaveBeenCalledOnce()
    expect(sockets[1]?.sent).toEqual([{ type: 'subscribe', after: 2, previews: false }])
  })

  test('previews arrive with their header', () => {
    const onPreview = vi.fn()
    const { sockets } = follow({ onPreview, previews: true })
    const header = { job: 'j', node: 'n', mime: 'image/jpeg', width: 1, height: 1, index: 0 }
    sockets[0]?.say(hello(0))
    sockets[0]?.frame(encodePreviewFrame(header, Uint8Array.of(9)))
    expect(onPreview).toHaveBeenCalledWith(header, Uint8Array.of(9))
  })

  test('closing ends it for good', () => {
    const { live, sockets } = follow()
    live.close()
    vi.advanceTimersByTime(60_000)
    expect(live.state).toBe('closed')
    expect(sockets).toHaveLength(1)
  })

  test('waits longer each time, up to ten seconds', () => {
    const middle = () => 0.5
    expect([0, 1, 2, 20].map((attempt) => reconnectDelay(attempt, middle))).toEqual([250, 500, 1000, 10_000])
  })
})
