import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { apiPrefix } from '@patchbay/engine/workflow'
import { type WebSocket, WebSocketServer } from 'ws'
import { type RequestBody, requests } from '../api/index.ts'
import type { Access, AccessGuard } from '../auth/access.ts'
import { errorBody, Failure, failureOf } from '../failure.ts'
import type { RequestLimit } from '../http/rate-limit.ts'
import { version } from '../version.ts'
import type { Hub } from './hub.ts'

/** Bytes that may wait for one viewer before it falls back to the log. */
const highWater = 1_000_000
/** A viewer that takes nothing for this long is let go; it may come back and replay. */
const stuckMs = 60_000
const pingMs = 20_000

/** `gather` is called before a frame is sent: all frames of one turn of the event loop then leave together. */
export type SocketSurface = (socket: WebSocket, request: IncomingMessage, access: Access, gather: () => void) => void
export interface Upgrades {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Ends all sockets. */
  close(): void
}

/** Answers upgrades: the guard decides first, then the path. A refusal is plain HTTP, in the one shape of refusals. */
export function createUpgrades(
  { guard, requestLimit }: { readonly guard: AccessGuard; readonly requestLimit: Pick<RequestLimit, 'take'> },
  surfaces: { readonly [path: string]: SocketSurface },
): Upgrades {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: 64 * 1024,
    perMessageDeflate: false,
    // Never the one that carries the token.
    handleProtocols: (protocols) => (protocols.has('patchbay') ? 'patchbay' : false),
  })
  async function accept(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    try {
      await requestLimit.take(request)
      const access = guard.check(request)
      const path = new URL(request.url ?? '/', 'http://server').pathname
      const surface = Object.hasOwn(surfaces, path) ? surfaces[path] : undefined
      if (!surface) throw new Failure('not-found', 'There is no WebSocket at this path.')
      server.handleUpgrade(request, socket, head, (webSocket) => {
        keepAlive(webSocket)
        surface(webSocket, request, access, gatherOn(socket))
      })
    } catch (error) {
      refuse(socket, failureOf(error))
    }
  }
  return {
    upgrade(request, socket, head) {
      socket.on('error', () => socket.destroy())
      void accept(request, socket, head)
    },
    close(): void {
      for (const client of server.clients) client.terminate()
      server.close()
    },
  }
}

function refuse(socket: Duplex, failure: Failure): void {
  const body = JSON.stringify(errorBody(failure))
  socket.end(
    `HTTP/1.1 ${failure.status} Refused\r\nContent-Type: application/json\r\nConnection: close\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

/**
 * Holds what is written back until the turn ends, so that many small frames cost one call of the system and one packet.
 */
function gatherOn(socket: Duplex): () => void {
  let held = false
  return () => {
    if (held) return
    held = true
    socket.cork()
    setImmediate(() => {
      held = false
      socket.uncork()
    })
  }
}

function keepAlive(socket: WebSocket): void {
  let alive = true
  socket.on('pong', () => {
    alive = true
  })
  socket.on('error', () => socket.terminate())
  const timer = setInterval(() => {
    if (!alive) socket.terminate()
    alive = false
    socket.ping()
  }, pingMs)
  socket.on('close', () => {
    clearInterval(timer)
  })
}

/** The native surface: a greeting, then what the viewer subscribes to. */
export function nativeSurface(hub: Hub, storeId: string): SocketSurface {
  return (socket, _request, _access, gather) => {
    let stuckSince: number | undefined
    const isCongested = () => socket.bufferedAmount > highWater
    const viewer = hub.view({
      send: (text) => {
        gather()
        socket.send(text, afterSend)
      },
      sendBytes: (frame) => {
        gather()
        socket.send(frame, afterSend)
      },
      congested() {
        if (!isCongested()) {
          stuckSince = undefined
          return false
        }
        stuckSince ??= Date.now()
        if (Date.now() - stuckSince > stuckMs) socket.terminate()
        return true
      },
      // The client comes back, and replays from the last number that it has.
      fail: () => socket.terminate(),
    })
    async function greet(): Promise<void> {
      socket.send(JSON.stringify({ type: 'hello', seq: await hub.newest(), store: storeId, version }))
    }
    function afterSend(): void {
      if (socket.bufferedAmount < highWater / 4) viewer.resume()
    }
    void greet().catch(() => socket.terminate())
    socket.on('message', (data, isBinary) => {
      const message = isBinary ? undefined : parse(String(data))
      if (message) {
        viewer.subscribe({
          ...(message.after === undefined ? {} : { after: message.after }),
          ...(message.jobs ? { jobs: message.jobs } : {}),
          previews: message.previews ?? false,
        })
        return
      }
      const failure = new Failure(
        'invalid-request',
        'A message must be {"type": "subscribe", "after"?, "jobs"?, "previews"?}.',
      )
      socket.send(JSON.stringify({ type: 'error', ...errorBody(failure) }))
    })
    socket.on('close', () => {
      viewer.close()
    })
  }
}

function parse(text: string): RequestBody<'ClientMessage'> | undefined {
  try {
    return requests.ClientMessage.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
export const nativeSocketPath = `${apiPrefix}/events`
