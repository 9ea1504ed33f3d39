import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { JsonObject, PreviewHeader } from '@patchbay/engine/workflow'
import type { JobMessage } from '../../../api/api-types.ts'
import type { WebSocket } from 'ws'
import type { Hub } from '../../../live/hub.ts'
import type { JobStore } from '../../../store/job-store.ts'
import type { ArtifactStore } from '../../../store/artifact-store.ts'
import type { LogLines, LogLine } from '../../../telemetry/log-lines.ts'
import {
  type ComfyOrigin,
  type ExecutionId,
  cachedNodes,
  comfyOriginOf,
  createOutputs,
  endMessage,
  executionIdOf,
} from './history.ts'
import { isObject } from '../prompt/prompt.ts'

/** Clients attach their listeners after the answer to POST /prompt, so events wait this long after it. */
const holdMs = 40
/** Some clients take a socket that is silent for ten seconds to be dead. */
const heartbeatMs = 4_000
const highWater = 4_000_000
/** The state of every node goes out with each change while there are few; with more, at most this often, or bytes grow as their square. */
const statesAtOnce = 32
const statesEveryMs = 250

interface ComfySocket {
  readonly id: string
  readonly socket: WebSocket
  /** What the client said of itself in its first message. */
  features: JsonObject
  heard: boolean
  /** Whether it wants the lines of the log. */
  readsLog: boolean
}
interface Follower {
  readonly origin: ComfyOrigin
  readonly states: Record<string, JsonObject>
  readonly events: JobMessage[]
  readonly collected: ReturnType<typeof createOutputs>
  /** Events that wait for the client to listen; undefined once it does. */
  held: JobMessage[] | undefined
  /** Settles when all so far has been told. */
  told: Promise<void>
  running: string | null
  /** Nodes that need not run, gathered from the start of the run to the first other event, since clients expect them in one message. */
  cached: string[] | undefined
  /** When the states of all nodes were last told, and whether they have changed since. */
  statesTold: { at: number; stale: boolean }
}
export const serverFeatures = (uploadLimitBytes: number): JsonObject => ({
  supports_preview_metadata: true,
  supports_model_type_tags: false,
  max_upload_size: uploadLimitBytes,
  node_replacements: false,
  assets: false,
})
export interface ComfyLive {
  accept(webSocket: WebSocket, request: IncomingMessage): void
  /** False when no such client is connected. */
  subscribeToLog(clientId: string, wanted: boolean): boolean
  close(): void
}

export interface LiveDependencies {
  readonly hub: Pick<Hub, 'listen' | 'listenPreviews'>
  readonly jobs: Pick<JobStore, 'counts' | 'stored'>
  readonly artifacts: Pick<ArtifactStore, 'read'>
  readonly logLines: Pick<LogLines, 'listen'>
  readonly config: { readonly previewMethod: string; readonly uploadLimitBytes: number }
}

/** ComfyUI's `/ws`: the events of a prompt go to the socket of the client that sent it, the state of the queue to all. */
export function createComfyLive({ hub, jobs, config, artifacts, logLines }: LiveDependencies): ComfyLive {
  const sockets = new Map<string, ComfySocket>()
  const followers = new Map<string, Follower>()
  /** What jobs do while it is looked up whether they are of this surface. */
  const openings = new Map<string, JobMessage[]>()
  /** Of followers whose events wait; a server that stops must not read its database after it. */
  const holds = new Set<NodeJS.Timeout>()

  function send(socket: ComfySocket, type: string, data: unknown): void {
    if (socket.socket.bufferedAmount < highWater) socket.socket.send(JSON.stringify({ type, data }))
    else socket.socket.terminate()
  }
  const status = async (): Promise<JsonObject> => {
    const { queued, running } = await jobs.counts()
    return { exec_info: { queue_remaining: queued + running } }
  }
  async function tellStatus(): Promise<void> {
    broadcast('status', { status: await status() })
  }
  const broadcast = (type: string, data: unknown): void => {
    for (const socket of sockets.values()) send(socket, type, data)
  }
  const heartbeat = setInterval(() => void tellStatus().catch(ignore), heartbeatMs)
  heartbeat.unref()

  function receive(message: JobMessage): void {
    const { job: id, event } = message
    const opening = openings.get(id)
    if (opening) opening.push(message)
    else if (event.type === 'job-queued' || event.type === 'job-requeued') void open(id, [message]).catch(ignore)
    else {
      const follower = followers.get(id)
      if (follower?.held) follower.held.push(message)
      else if (follower) tellInOrder(id, follower, message)
      else if (isQueueChange(event.type)) void tellStatus().catch(ignore)
    }
  }
  /** Looks whether a job is of this surface. What it does in the meantime is held. */
  async function open(id: string, held: JobMessage[]): Promise<void> {
    openings.set(id, held)
    try {
      const stored = await jobs.stored(id)
      const origin = stored && comfyOriginOf(stored)
      if (origin) follow(id, origin, held)
      else await tellStatus()
    } finally {
      openings.delete(id)
    }
  }
  function follow(id: string, origin: ComfyOrigin, held: JobMessage[]): void {
    const collected = createOutputs(origin)
    const follower: Follower = {
      origin,
      states: {},
      events: [],
      collected,
      held,
      told: Promise.resolve(),
      running: null,
      cached: undefined,
      statesTold: { at: 0, stale: false },
    }
    followers.set(id, follower)
    const hold = setTimeout(() => {
      holds.delete(hold)
      follower.held = undefined
      for (const message of held) tellInOrder(id, follower, message)
    }, holdMs)
    holds.add(hold)
  }
  function tellInOrder(id: string, follower: Follower, message: JobMessage): void {
    // What cannot be told, since the server stops say, keeps nothing else from being told.
    follower.told = follower.told.then(() => tell(id, follower, message)).catch(ignore)
  }

  async function tell(id: string, follower: Follower, message: JobMessage): Promise<void> {
    const { origin, states } = follower
    const socket = origin.clientId === undefined ? undefined : sockets.get(origin.clientId)
    const say = (type: string, data: JsonObject) => {
      if (socket) send(socket, type, { ...data, prompt_id: id })
    }
    const { event, at } = message
    follower.events.push(message)
    const progressState = () => {
      follower.statesTold = { at: Date.now(), stale: false }
      const nodes = { nodes: states, prompt_id: id }
      if (socket) send(socket, 'progress_state', nodes)
      else if (origin.clientId === undefined) broadcast('progress_state', nodes)
    }
    const mark = (native: string, state: string, value: number, max: number): ExecutionId => {
      const named = executionIdOf(native, origin.idOf)
      const { node, display, parent } = named
      const ids = { node_id: node, display_node_id: display, parent_node_id: parent, real_node_id: node }
      states[node] = { value, max, state, prompt_id: id, ...ids }
      if (Object.keys(states).length <= statesAtOnce || Date.now() - follower.statesTold.at > statesEveryMs)
        progressState()
      else follower.statesTold.stale = true
      return named
    }
    const tellOutput = ({ node, display }: ExecutionId) => {
      const output = follower.collected.outputs[node]
      if (output) say('executed', { node, display_node: display, output })
    }
    const tellCached = (cached: readonly string[]) => {
      say('execution_cached', { nodes: cachedNodes(cached, origin.prompt), timestamp: at })
      for (const node of cached) tellOutput({ node, display: node, parent: null, isPart: false })
    }
    const gathers = event.type === 'node-reused' || event.type === 'node-artifact'
    if (follower.cached && !gathers) {
      tellCached(follower.cached)
      follower.cached = undefined
    }
    switch (event.type) {
      case 'job-queued':
      case 'job-requeued':
        return tellStatus()
      case 'run-started':
        say('execution_start', { timestamp: at })
        follower.cached = []
        return
      case 'node-started': {
        const { node, display } = mark(event.node, 'running', 0, 1)
        follower.running = node
        say('executing', { node, display_node: display })
        return
      }
      case 'node-progress': {
        const { node } = mark(event.node, 'running', event.step, event.steps)
        const progress = { value: event.step, max: event.steps, node }
        if (origin.clientId === undefined) broadcast('progress', { ...progress, prompt_id: id })
        else say('progress', progress)
        // Plain clients take every binary frame for a picture.
        if (event.text !== undefined && socket?.features['supports_preview_metadata'] === true)
          socket.socket.send(textFrame(node, event.text))
        return
      }
      case 'node-artifact':
        follower.collected.add(message)
        if (socket && origin.sending?.includes(executionIdOf(event.node, origin.idOf).display)) {
          // Awaited, so that the picture comes before the end of the run.
          const { hash, mime } = event.artifact
          const picture = await artifacts.read(hash)
          if (picture) socket.socket.send(plainFrame(mime, picture))
        }
        return
      case 'node-finished': {
        const named = executionIdOf(event.node, origin.idOf)
        follower.collected.add(message)
        if (named.isPart) return
        tellOutput(named)
        mark(event.node, 'finished', 1, 1)
        return
      }
      case 'node-reused': {
        const { node, isPart } = executionIdOf(event.node, origin.idOf)
        follower.collected.add(message)
        if (isPart) return
        if (follower.cached) follower.cached.push(node)
        else tellCached([node])
        return
      }
      case 'node-blocked':
        if (event.reason !== undefined) {
          const { display } = executionIdOf(event.node, origin.idOf)
          const inPrompt = origin.prompt[display]
          const type = isObject(inPrompt) ? (inPrompt['class_type'] ?? null) : null
          const error = { node_id: display, node_type: type, exception_message: event.reason, traceback: [] }
          const lists = { executed: [], current_inputs: {}, current_outputs: [] }
          say('execution_error', { ...error, exception_type: 'ExecutionBlocked', ...lists })
        }
        return
      case 'job-succeeded':
      case 'job-failed':
      case 'job-cancelled':
        if (follower.statesTold.stale) progressState()
        return end(id, follower, say)
      default:
        return
    }
  }

  /** The job has ended in the database by now, so a client that asks for its history finds it. */
  async function end(id: string, follower: Follower, say: (type: string, data: JsonObject) => void): Promise<void> {
    if (followers.get(id) === follower) followers.delete(id)
    const stored = await jobs.stored(id)
    const last = stored && endMessage(stored, follower.origin, follower.events)
    if (last) {
      const [type, data] = last
      if (type === 'execution_interrupted' && follower.origin.clientId === undefined) broadcast(type, data)
      else say(type, data)
    }
    await tellStatus()
    say('executing', { node: null, display_node: null })
  }

  function preview(header: PreviewHeader, picture: Uint8Array): void {
    const follower = followers.get(header.job)
    const clientId = follower?.origin.clientId
    const socket = clientId === undefined ? undefined : sockets.get(clientId)
    if (!follower || !socket || !wantsPreviews(follower.origin)) return
    if (socket.socket.bufferedAmount > highWater / 4) return
    const frame = socket.features['supports_preview_metadata']
      ? metadataFrame(header, executionIdOf(header.node, follower.origin.idOf), picture)
      : plainFrame(header.mime, picture)
    socket.socket.send(frame)
  }
  function wantsPreviews({ extraData }: ComfyOrigin): boolean {
    const asked = extraData['preview_method']
    return (typeof asked === 'string' && asked !== 'default' ? asked : config.previewMethod) !== 'none'
  }

  async function greet(socket: ComfySocket): Promise<void> {
    const { id } = socket
    send(socket, 'status', { status: await status(), sid: id })
    for (const { origin, running } of followers.values()) {
      if (origin.clientId === id && running !== null) send(socket, 'executing', { node: running })
    }
  }
  const tellLog = (line: LogLine): void => {
    for (const socket of sockets.values()) {
      if (socket.readsLog) send(socket, 'logs', { entries: [comfyLogEntry(line)], size: terminalSize })
    }
  }
  const stopListening = [hub.listen(receive), hub.listenPreviews(preview), logLines.listen(tellLog)]
  return {
    accept(webSocket, request) {
      const asked = new URL(request.url ?? '/', 'http://server').searchParams.get('clientId')
      const id = asked || randomUUID().replaceAll('-', '')
      sockets.get(id)?.socket.close(1000)
      const socket: ComfySocket = { id, socket: webSocket, features: {}, heard: false, readsLog: false }
      sockets.set(id, socket)
      void greet(socket).catch(() => webSocket.terminate())
      webSocket.on('message', (data, isBinary) => {
        if (socket.heard || isBinary) return
        socket.heard = true
        const features = featuresIn(String(data))
        if (!features) return
        socket.features = features
        send(socket, 'feature_flags', serverFeatures(config.uploadLimitBytes))
      })
      webSocket.on('close', () => {
        if (sockets.get(id) === socket) sockets.delete(id)
      })
    },
    subscribeToLog(clientId, wanted) {
      const socket = sockets.get(clientId)
      if (socket) socket.readsLog = wanted
      return socket !== undefined
    },
    close() {
      clearInterval(heartbeat)
      for (const hold of holds) clearTimeout(hold)
      for (const stop of stopListening) stop()
    },
  }
}

export const comfyLogEntry = ({ at, text }: LogLine): JsonObject => ({ t: at, m: `${text}\n` })
/** What its terminal is told of its size. */
export const terminalSize = { cols: 120, rows: 40 }

const ignore = (): void => undefined
const isQueueChange = (type: string): boolean =>
  ['job-queued', 'job-requeued', 'job-succeeded', 'job-failed', 'job-cancelled'].includes(type)

function featuresIn(text: string): JsonObject | undefined {
  try {
    const message: unknown = JSON.parse(text)
    if (typeof message !== 'object' || message === null || !('type' in message) || !('data' in message))
      return undefined
    const { type, data } = message
    return type === 'feature_flags' && typeof data === 'object' && data !== null ? (data as JsonObject) : undefined
  } catch {
    return undefined
  }
}

/** Event 1: the format (1 JPEG, 2 PNG) and the picture. */
export function plainFrame(mime: string, picture: Uint8Array): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(1, 0)
  head.writeUInt32BE(mime === 'image/png' ? 2 : 1, 4)
  return Buffer.concat([head, picture])
}

/** Event 3: what a node says of its progress, behind its id and the length of that. */
export function textFrame(node: string, text: string): Buffer {
  const id = Buffer.from(node)
  const head = Buffer.alloc(8)
  head.writeUInt32BE(3, 0)
  head.writeUInt32BE(id.length, 4)
  return Buffer.concat([head, id, Buffer.from(text)])
}

/** Event 4: JSON that says which node the picture is of, and the picture. */
export function metadataFrame(
  header: PreviewHeader,
  { node, display, parent }: ExecutionId,
  picture: Uint8Array,
): Buffer {
  const json = Buffer.from(
    JSON.stringify({
      node_id: node,
      prompt_id: header.job,
      display_node_id: display,
      parent_node_id: parent,
      real_node_id: node,
      image_type: header.mime,
    }),
  )
  const head = Buffer.alloc(8)
  head.writeUInt32BE(4, 0)
  head.writeUInt32BE(json.length, 4)
  return Buffer.concat([head, json, picture])
}
