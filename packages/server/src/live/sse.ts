import type { Response } from 'express'
import type { Hub, Subscription } from './hub.ts'

/** Streams events as server-sent events. `id` is the event's number, so a browser's EventSource resumes by itself. */
export function serveSse(hub: Hub, response: Response, subscription: Subscription): void {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  })
  response.write(`retry: 1000\n\n`)
  const viewer = hub.view({
    send(text, message) {
      const id = message.type === 'job' && message.seq !== undefined ? `id: ${message.seq}\n` : ''
      response.write(`${id}event: ${message.type}\ndata: ${text}\n\n`)
    },
    congested: () => response.writableNeedDrain || response.destroyed,
    // The browser comes back, and replays from the last number that it has.
    fail: () => response.destroy(),
  })
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(': still here\n\n')
  }, 15_000)
  response.on('drain', () => {
    viewer.resume()
  })
  response.on('close', () => {
    clearInterval(heartbeat)
    viewer.close()
  })
  viewer.subscribe(subscription)
}
