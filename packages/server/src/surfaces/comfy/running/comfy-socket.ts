import type { JsonObject } from '@patchbay/engine/workflow'
import type { WebSocket } from 'ws'
import { isJsonObject } from '../../../is-json-object.ts'

/**
 * Bytes that may wait for a client: past the first, what the next message says again is left out; past the second it is
 * disconnected.
 */
const [slowAt, deafAt] = [1_000_000, 64_000_000]

/** The WebSocket of one client. */
export class ComfySocket {
  readonly id: string
  /** Whether it asked for the lines of the log. */
  readsLog = false
  private readonly socket: WebSocket
  /** What the client says in its first message that it can read. */
  private features: JsonObject = {}

  constructor(id: string, socket: WebSocket) {
    this.id = id
    this.socket = socket
  }

  /** Whether it can read binary frames that name their node; other clients take every binary frame for a picture. */
  get readsMetadata(): boolean {
    return this.features['supports_preview_metadata'] === true
  }

  send(type: string, data: unknown): void {
    if (this.socket.bufferedAmount < deafAt) this.socket.send(JSON.stringify({ type, data }))
    else this.socket.terminate()
  }

  /** A state of everything is dropped for a client that is slow: the next one says more. */
  sendState(type: string, data: unknown): void {
    if (this.socket.bufferedAmount <= slowAt) this.send(type, data)
  }

  sendFrame(frame: Buffer): void {
    this.socket.send(frame)
  }

  /** A preview is dropped for a client that is slow already. */
  sendPreview(frame: Buffer): void {
    if (this.socket.bufferedAmount <= slowAt) this.socket.send(frame)
  }

  /** Reads the client's features from its first text, and answers with ours. */
  exchangeFeatures(ours: JsonObject): void {
    let isFirst = true
    this.socket.on('message', (data, isBinary) => {
      if (isBinary || !isFirst) return
      isFirst = false
      const features = featuresIn(String(data))
      if (!features) return
      this.features = features
      this.send('feature_flags', ours)
    })
  }

  onClose(listener: () => void): void {
    this.socket.on('close', listener)
  }

  close(): void {
    this.socket.close(1000)
  }
}

function featuresIn(text: string): JsonObject | undefined {
  try {
    const message: unknown = JSON.parse(text)
    return isJsonObject(message) && message['type'] === 'feature_flags' && isJsonObject(message['data'])
      ? message['data']
      : undefined
  } catch {
    return undefined
  }
}
