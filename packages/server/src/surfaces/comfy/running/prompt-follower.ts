import type { JsonObject, PreviewHeader } from '@patchbay/engine/workflow'
import type { ArtifactRecord, JobMessage } from '../../../api/api-types.ts'
import type { StoredJob } from '../../../store/stored-job.ts'
import type { ComfySocket } from './comfy-socket.ts'
import { metadataFrame, plainFrame, textFrame } from './frames.ts'
import { type ComfyOrigin, type ExecutionId, classTypeIn, executionIdOf } from './comfy-origin.ts'
import { cachedNodes, createOutputs, endMessage, isMadeByOthers } from './history.ts'

/**
 * The state of every node goes out with each change while there are few; with more, at most this often, or bytes grow
 * as their square.
 */
const statesAtOnce = 32
const statesEveryMs = 250

/** Who hears of a prompt: the client that sent it, where it is connected, or all clients. */
export interface Audience {
  socketsOf(clientId: string | undefined): readonly ComfySocket[]
  broadcast(type: string, data: unknown): void
  broadcastStatus(): Promise<void>
  /** The bytes of a picture that a node has kept. */
  pictureOf(hash: string): Promise<Uint8Array | undefined>
  jobOf(id: string): Promise<StoredJob | undefined>
  /** The job of a follower has ended. */
  forget(follower: PromptFollower): void
}
type EventOf<T extends JobMessage['event']['type']> = Extract<JobMessage['event'], { readonly type: T }>

/** Turns the events of one job into the messages that ComfyUI's clients expect. */
export class PromptFollower {
  readonly id: string
  readonly origin: ComfyOrigin
  /** The node that runs, by ComfyUI's id. */
  runningNode: string | null = null
  private readonly audience: Audience
  private readonly events: JobMessage[] = []
  private readonly outputs: ReturnType<typeof createOutputs>
  private readonly states = new Map<string, JsonObject>()
  private statesSentAt = 0
  private statesChanged = false
  /**
   * Nodes that need not run, gathered from the start of the run to the first other event, since clients expect them in
   * one message.
   */
  private cached: string[] | undefined
  /** Nodes that passed nothing on, by the reason, until a node behind them is stopped by it. */
  private readonly blocks = new Map<string, string>()
  /** Events that wait for the client to listen; undefined once it does. */
  private held: JobMessage[] | undefined
  /** Settles when all events so far are sent. */
  private lastTelling = Promise.resolve()

  constructor(id: string, origin: ComfyOrigin, audience: Audience, held: readonly JobMessage[]) {
    this.id = id
    this.origin = origin
    this.audience = audience
    this.outputs = createOutputs(origin)
    this.held = [...held]
  }

  receive(message: JobMessage): void {
    if (this.held) this.held.push(message)
    else this.tellInOrder(message)
  }

  /** The client listens: sends the events that were held for it. */
  release(): void {
    const { held = [] } = this
    this.held = undefined
    for (const message of held) this.tellInOrder(message)
  }

  showPreview(header: PreviewHeader, picture: Uint8Array): void {
    for (const socket of this.sockets) {
      const frame = socket.readsMetadata
        ? metadataFrame(header, this.executionIdOf(header.node), picture)
        : plainFrame(header.mime, picture)
      socket.sendPreview(frame)
    }
  }

  private get sockets(): readonly ComfySocket[] {
    return this.audience.socketsOf(this.origin.clientId)
  }
  private say(type: string, data: JsonObject): void {
    for (const socket of this.sockets) socket.send(type, { ...data, prompt_id: this.id })
  }
  /** To its client, or to all where the prompt names none. */
  private sayOrBroadcast(type: string, data: JsonObject): void {
    if (this.origin.clientId === undefined) this.audience.broadcast(type, { ...data, prompt_id: this.id })
    else this.say(type, data)
  }
  private executionIdOf(native: string): ExecutionId {
    return executionIdOf(native, this.origin.idOf)
  }

  private tellInOrder(message: JobMessage): void {
    // An event that cannot be sent, because the server stops for example, does not hold back the next ones.
    this.lastTelling = this.lastTelling.then(() => this.tell(message)).catch(() => undefined)
  }

  private async tell(message: JobMessage): Promise<void> {
    this.events.push(message)
    const { event, at } = message
    if (event.type !== 'node-reused' && event.type !== 'node-artifact') this.flushCached(at)
    switch (event.type) {
      case 'job-queued':
      case 'job-requeued':
        return this.audience.broadcastStatus()
      case 'run-started':
        this.say('execution_start', { timestamp: at })
        this.cached = []
        return
      case 'node-started':
        return this.tellStart(event)
      case 'node-progress':
        return this.tellProgress(event)
      case 'node-artifact':
        return this.tellArtifact(message, event)
      case 'node-finished':
        return this.tellFinish(message, event)
      case 'node-reused':
        return this.tellReuse(message, event)
      case 'node-warned':
        return this.tellWarning(event)
      case 'node-blocked':
        if (event.reason !== undefined) this.blocks.set(event.reason, event.node)
        return
      case 'node-skipped':
        return this.tellSkip(event)
      case 'job-succeeded':
      case 'job-failed':
      case 'job-cancelled':
        return this.tellEnd()
      default:
        return
    }
  }

  /** The job has ended in the database by now, so a client that asks for its history finds it. */
  private async tellEnd(): Promise<void> {
    if (this.statesChanged) this.sendStates()
    // What is blocked of a list stops no node.
    for (const [reason, node] of this.blocks) this.tellBlock(node, reason)
    this.audience.forget(this)
    const job = await this.audience.jobOf(this.id)
    const last = job && endMessage(job, this.origin, this.events)
    if (last) {
      const [type, data] = last
      if (type === 'execution_interrupted' && this.origin.clientId === undefined) this.audience.broadcast(type, data)
      else this.say(type, data)
    }
    await this.audience.broadcastStatus()
    this.say('executing', { node: null, display_node: null })
  }

  private tellStart({ node: native }: EventOf<'node-started'>): void {
    const { node, display } = this.setState(native, 'running', 0, 1)
    this.runningNode = node
    this.say('executing', { node, display_node: display })
  }

  private tellProgress(event: EventOf<'node-progress'>): void {
    const { node } = this.setState(event.node, 'running', event.step, event.steps)
    this.sayOrBroadcast('progress', { value: event.step, max: event.steps, node })
    if (event.text !== undefined) this.sayText(node, event.text)
  }

  private async tellArtifact(message: JobMessage, { node, artifact }: EventOf<'node-artifact'>): Promise<void> {
    this.outputs.add(message)
    if (this.origin.sending.includes(this.executionIdOf(node).display)) await this.sendPicture(artifact)
  }
  /** Awaited, so that the picture comes before the end of the run. */
  private async sendPicture({ hash, mime }: Pick<ArtifactRecord, 'hash' | 'mime'>): Promise<void> {
    const picture = this.sockets.length > 0 && (await this.audience.pictureOf(hash))
    if (picture) for (const socket of this.sockets) socket.sendFrame(plainFrame(mime, picture))
  }

  private tellFinish(message: JobMessage, { node }: EventOf<'node-finished'>): void {
    const id = this.executionIdOf(node)
    this.outputs.add(message)
    if (id.isPart) return
    this.tellOutput(id)
    this.setState(node, 'finished', 1, 1)
  }

  private tellReuse(message: JobMessage, event: EventOf<'node-reused'>): void {
    const { node, isPart } = this.executionIdOf(event.node)
    this.outputs.add(message)
    if (isPart) return
    // ComfyUI's clients expect one message, before anything runs.
    if (this.cached && !isMadeByOthers(event.node)) this.cached.push(node)
    else {
      const { display } = this.setState(event.node, 'finished', 1, 1)
      this.tellOutput({ node, display })
    }
  }

  private tellWarning({ node, message }: EventOf<'node-warned'>): void {
    this.sayText(this.executionIdOf(node).node, message)
  }
  private sayText(node: string, text: string): void {
    for (const socket of this.sockets) if (socket.readsMetadata) socket.sendFrame(textFrame(node, text))
  }

  private tellSkip({ node, reason }: EventOf<'node-skipped'>): void {
    if (reason === undefined) return
    this.blocks.delete(reason)
    this.tellBlock(node, reason)
  }

  private tellBlock(node: string, reason: string): void {
    const { display } = this.executionIdOf(node)
    this.say('execution_error', {
      node_id: display,
      node_type: classTypeIn(this.origin.prompt, display),
      exception_message: reason,
      exception_type: 'ExecutionBlocked',
      traceback: [],
      executed: [],
      current_inputs: {},
      current_outputs: [],
    })
  }

  private flushCached(at: number): void {
    if (!this.cached) return
    this.tellCached(this.cached, at)
    this.cached = undefined
  }
  private tellCached(cached: readonly string[], at: number): void {
    this.say('execution_cached', { nodes: cachedNodes(cached, this.origin.prompt), timestamp: at })
    for (const node of cached) this.tellOutput({ node, display: node })
  }
  private tellOutput({ node, display }: Pick<ExecutionId, 'node' | 'display'>): void {
    const output = this.outputs.outputOf(node)
    if (output) this.say('executed', { node, display_node: display, output })
  }

  private setState(native: string, state: string, value: number, max: number): ExecutionId {
    const id = this.executionIdOf(native)
    const { node, display, parent } = id
    const ids = { node_id: node, display_node_id: display, parent_node_id: parent, real_node_id: node }
    this.states.set(node, { value, max, state, prompt_id: this.id, ...ids })
    const isFew = this.states.size <= statesAtOnce
    // Turns of a loop add up, under ids that grow; the editor shows what runs, and the node that made them.
    if (!isFew && state === 'finished' && parent !== null) this.states.delete(node)
    if (isFew || Date.now() - this.statesSentAt > statesEveryMs) this.sendStates()
    else this.statesChanged = true
    return id
  }
  private sendStates(): void {
    this.statesSentAt = Date.now()
    this.statesChanged = false
    const data = { nodes: Object.fromEntries(this.states), prompt_id: this.id }
    if (this.origin.clientId === undefined) this.audience.broadcast('progress_state', data)
    else for (const socket of this.sockets) socket.sendState('progress_state', data)
  }
}
