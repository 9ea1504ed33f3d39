import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { JsonObject, PreviewHeader } from '@patchbay/engine/workflow'
import type { JobMessage } from '../../../api/api-types.ts'
import type { WebSocket } from 'ws'
import type { ArtifactStore } from '../../../store/artifact-store.ts'
import type { JobStore } from '../../../store/job-store.ts'
import type { StoredJob } from '../../../store/stored-job.ts'
import type { Hub } from '../../../live/hub.ts'
import type { LogLine, LogLines } from '../../../telemetry/log-lines.ts'
import { ClientSockets } from './client-sockets.ts'
import { ComfySocket } from './comfy-socket.ts'
import { type ComfyOrigin, comfyOriginOf } from './comfy-origin.ts'
import { type Audience, PromptFollower } from './prompt-follower.ts'

/** Clients attach their listeners after the answer to POST /prompt, so events wait this long after it. */
const holdMs = 40
/** Some clients take a socket that is silent for ten seconds to be dead. */
const heartbeatMs = 4_000

export const serverFeatures = (uploadLimitBytes: number): JsonObject => ({
  supports_preview_metadata: true,
  supports_model_type_tags: false,
  max_upload_size: uploadLimitBytes,
  node_replacements: false,
  assets: false,
})

export interface LiveDependencies {
  readonly hub: Pick<Hub, 'listen' | 'listenPreviews'>
  readonly jobs: Pick<JobStore, 'counts' | 'stored'>
  readonly artifacts: Pick<ArtifactStore, 'read'>
  readonly logLines: Pick<LogLines, 'listen'>
  readonly config: { readonly previewMethod: string; readonly uploadLimitBytes: number }
}

/**
 * ComfyUI's `/ws`: the events of a prompt go to the socket of the client that sent it, the state of the queue to all.
 */
export class ComfyLive implements Audience {
  private readonly dependencies: LiveDependencies
  private readonly sockets = new ClientSockets()
  private readonly followers = new Map<string, PromptFollower>()
  /** The events of jobs while the store is asked whether they are of this surface. */
  private readonly lookups = new Map<string, JobMessage[]>()
  /** A server that stops must not read its database afterwards. */
  private readonly holds = new Set<NodeJS.Timeout>()
  private readonly heartbeat: NodeJS.Timeout
  private readonly stopListening: readonly (() => void)[]

  constructor(dependencies: LiveDependencies) {
    this.dependencies = dependencies
    const { hub, logLines } = dependencies
    this.heartbeat = setInterval(() => this.tellStatus(), heartbeatMs).unref()
    this.stopListening = [
      hub.listen((message) => this.receive(message)),
      hub.listenPreviews((header, picture) => this.showPreview(header, picture)),
      logLines.listen((line) => this.tellLog(line)),
    ]
  }

  accept(webSocket: WebSocket, request: IncomingMessage): void {
    const clientId = new URL(request.url ?? '/', 'http://server').searchParams.get('clientId')
    const id = clientId || randomUUID().replaceAll('-', '')
    const socket = new ComfySocket(id, webSocket)
    this.sockets.add(socket)
    void this.greet(socket).catch(() => webSocket.terminate())
    socket.exchangeFeatures(serverFeatures(this.dependencies.config.uploadLimitBytes))
  }

  /** False when no such client is connected. */
  subscribeToLog(clientId: string, isSubscribed: boolean): boolean {
    const sockets = this.sockets.of(clientId)
    for (const socket of sockets) socket.readsLog = isSubscribed
    return sockets.length > 0
  }

  close(): void {
    clearInterval(this.heartbeat)
    for (const hold of this.holds) clearTimeout(hold)
    for (const stop of this.stopListening) stop()
  }

  socketsOf(clientId: string | undefined): readonly ComfySocket[] {
    return clientId === undefined ? [] : this.sockets.of(clientId)
  }

  broadcast(type: string, data: unknown): void {
    for (const socket of this.sockets.all()) socket.send(type, data)
  }

  async broadcastStatus(): Promise<void> {
    this.broadcast('status', { status: await this.status() })
  }

  pictureOf(hash: string): Promise<Uint8Array | undefined> {
    return this.dependencies.artifacts.read(hash)
  }

  jobOf(id: string): Promise<StoredJob | undefined> {
    return this.dependencies.jobs.stored(id)
  }

  forget(follower: PromptFollower): void {
    if (this.followers.get(follower.id) === follower) this.followers.delete(follower.id)
  }

  private async status(): Promise<JsonObject> {
    const { queued, running } = await this.dependencies.jobs.counts()
    return { exec_info: { queue_remaining: queued + running } }
  }
  /** Fails silently in a server that is stopping: its store is closed. */
  private tellStatus(): void {
    void this.broadcastStatus().catch(() => undefined)
  }

  private async greet(socket: ComfySocket): Promise<void> {
    socket.send('status', { status: await this.status(), sid: socket.id })
    for (const { origin, runningNode } of this.followers.values()) {
      if (origin.clientId === socket.id && runningNode !== null) socket.send('executing', { node: runningNode })
    }
  }

  private receive(message: JobMessage): void {
    const { job: id, event } = message
    const lookup = this.lookups.get(id)
    if (lookup) lookup.push(message)
    else if (event.type === 'job-queued' || event.type === 'job-requeued') {
      void this.lookUp(id, [message]).catch(() => undefined)
    } else {
      const follower = this.followers.get(id)
      if (follower) follower.receive(message)
      else if (endsJob(event.type)) this.tellStatus()
    }
  }

  /** Follows a job if it is of this surface. Its events in the meantime are held. */
  private async lookUp(id: string, held: JobMessage[]): Promise<void> {
    this.lookups.set(id, held)
    try {
      const stored = await this.dependencies.jobs.stored(id)
      const origin = stored && comfyOriginOf(stored)
      if (origin) this.follow(new PromptFollower(id, origin, this, held))
      else await this.broadcastStatus()
    } finally {
      this.lookups.delete(id)
    }
  }

  private follow(follower: PromptFollower): void {
    this.followers.set(follower.id, follower)
    const hold = setTimeout(() => {
      this.holds.delete(hold)
      follower.release()
    }, holdMs)
    this.holds.add(hold)
  }

  private showPreview(header: PreviewHeader, picture: Uint8Array): void {
    const follower = this.followers.get(header.job)
    if (follower && this.showsPreviews(follower.origin)) follower.showPreview(header, picture)
  }
  private showsPreviews({ extraData }: ComfyOrigin): boolean {
    const method = extraData['preview_method']
    const isChosen = typeof method === 'string' && method !== 'default'
    return (isChosen ? method : this.dependencies.config.previewMethod) !== 'none'
  }

  private tellLog(line: LogLine): void {
    for (const socket of this.sockets.all()) {
      if (socket.readsLog) socket.send('logs', { entries: [comfyLogEntry(line)], size: terminalSize })
    }
  }
}

export const comfyLogEntry = ({ at, text }: LogLine): JsonObject => ({ t: at, m: `${text}\n` })
/** The size of the terminal that the log is written for, as clients ask for it. */
export const terminalSize = { cols: 120, rows: 40 }

const endsJob = (type: string): boolean => ['job-succeeded', 'job-failed', 'job-cancelled'].includes(type)
