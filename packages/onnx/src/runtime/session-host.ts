import type { ChildProcess } from 'node:child_process'
import type { Model, ModelValue } from '../serialize/model.ts'
import type { AnyTensor } from '../tensor/tensor.ts'
import type { HostReply, HostRequest, SentModel } from './host-protocol.ts'
import { HostWorker } from './host-worker.ts'
import { RuntimeError } from './runtime-error.ts'
import type { Feeds, SessionOptions } from './session.ts'
import { spawnHost } from './spawn-host.ts'

export interface SessionHostOptions {
  /** Bytes of models that stay loaded; beyond them the least recently used are unloaded. No limit where not given. */
  readonly budget?: number
  /**
   * The process is replaced between runs once its private memory exceeds that of its loaded models by this. Default 1
   * GiB.
   */
  readonly growthLimit?: number
  /**
   * How long a run or load that is cancelled may still finish by itself before its process is killed, in milliseconds.
   * Default 50: a small step ends in that time, and its process with all loaded models lives on.
   */
  readonly grace?: number
  /** Starts the process; for tests. */
  readonly spawn?: () => ChildProcess
}

export interface HostedModelOptions extends SessionOptions {
  /** What the loaded model counts against the budget. An estimate from its size where not given. */
  readonly bytes?: number
}

export interface HostedRunOptions {
  /** Cancels the run: at once while it waits, within the grace while it runs or its model loads. */
  readonly signal?: AbortSignal
  /** The outputs wanted; all where not given. */
  readonly outputs?: readonly string[]
}

/** A model that a host runs. It is loaded when it is first used, and again whenever the process had to be replaced. */
export interface HostedModel {
  /** Loads the model ahead of its first run. */
  load(options?: Pick<HostedRunOptions, 'signal'>): Promise<void>
  run(feeds: Feeds, options?: HostedRunOptions): Promise<Readonly<Record<string, AnyTensor>>>
  /** Unloads the model for good. */
  release(): Promise<void>
}

export interface SessionHostStatus {
  /** Of the process, where one runs. */
  readonly pid: number | undefined
  /** Models loaded in it. */
  readonly loaded: number
  readonly privateBytes: number
  /** Processes started so far: 1 as long as nothing was cancelled hard, recycled or died. */
  readonly started: number
}

export interface SessionHost {
  /** Announces a model; nothing is loaded yet. */
  open(model: Model, options?: HostedModelOptions): HostedModel
  status(): SessionHostStatus
  /** Ends the process. What still waits is rejected. */
  close(): Promise<void>
}

interface Announced {
  readonly key: string
  readonly model: SentModel
  readonly options: SessionOptions
  readonly bytes: number
}

const plain = ({ name, dtype, shape }: ModelValue): ModelValue => ({ name, dtype, shape })

function sentModel({ inputs, outputs, ...model }: Model): SentModel {
  return {
    ...model,
    inputs: inputs.map(plain),
    outputs: [...outputs].map(([name, value]) => ({ ...plain(value), name })),
  }
}

/** Mapped weights cost next to nothing; folded ones are held as float32, from a file of mostly fp16. */
function estimatedBytes(model: Model, { weights }: SessionOptions): number {
  return model.bytes.byteLength * 2 + (weights === 'folded' ? model.mappedBytes * 2 : 0)
}

/**
 * Runs models in a process of its own, one request at a time, so that the caller never blocks and a cancel is prompt in
 * every phase: ONNX Runtime can neither abort a run nor a load, but a process can be killed inside either. The next run
 * starts a process and loads what it needs, as if nothing had happened.
 */
export function createSessionHost(options: SessionHostOptions = {}): SessionHost {
  return new ProcessHost(options)
}

class ProcessHost implements SessionHost {
  readonly #options: Required<SessionHostOptions>
  #worker: HostWorker | undefined
  #loaded: ReadonlySet<string> = new Set()
  #privateBytes = 0
  /** Private memory right after the first run that followed the last load: what the models themselves take. */
  #settledBytes: number | undefined
  #started = 0
  #count = 0
  #isClosed = false
  #queue: Promise<unknown> = Promise.resolve()

  constructor({ budget = Infinity, growthLimit = 2 ** 30, grace = 50, spawn = spawnHost }: SessionHostOptions) {
    this.#options = { budget, growthLimit, grace, spawn }
  }

  open(model: Model, { bytes, ...options }: HostedModelOptions = {}): HostedModel {
    const key = `model-${this.#count++}`
    const announced = { key, model: sentModel(model), options, bytes: bytes ?? estimatedBytes(model, options) }
    return {
      load: ({ signal } = {}) => this.#inTurn(signal, () => this.#ensureLoaded(announced)),
      run: (feeds, { signal, outputs } = {}) =>
        this.#inTurn(signal, async () => {
          await this.#ensureLoaded(announced)
          return this.#ask({ type: 'run', key, feeds, outputs })
        }),
      release: () =>
        this.#inTurn(undefined, async () => {
          if (this.#loaded.has(key) && this.#worker && !this.#worker.ended) await this.#ask({ type: 'release', key })
        }),
    }
  }

  status(): SessionHostStatus {
    return {
      pid: this.#worker?.ended ? undefined : this.#worker?.pid,
      loaded: this.#loaded.size,
      privateBytes: this.#privateBytes,
      started: this.#started,
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#discard()
  }

  async #discard(): Promise<void> {
    const old = this.#worker
    this.#worker = undefined
    this.#loaded = new Set()
    this.#settledBytes = undefined
    await old?.kill()
  }

  async #current(): Promise<HostWorker> {
    if (this.#worker && !this.#worker.ended) return this.#worker
    await this.#discard()
    const worker = new HostWorker(this.#options.spawn())
    this.#started++
    this.#worker = worker
    await worker.ask({ type: 'configure', budget: this.#options.budget })
    return worker
  }

  async #ask(request: HostRequest): Promise<Readonly<Record<string, AnyTensor>>> {
    const reply: HostReply = await (await this.#current()).ask(request)
    if (reply.type === 'failed') throw new RuntimeError(reply.code, reply.message)
    this.#loaded = new Set(reply.loaded)
    this.#privateBytes = reply.privateBytes
    if (request.type === 'run') this.#settledBytes ??= reply.privateBytes
    else this.#settledBytes = undefined
    return reply.results
  }

  async #ensureLoaded({ key, model, options, bytes }: Announced): Promise<void> {
    if (this.#worker?.ended) await this.#discard()
    if (!this.#loaded.has(key)) await this.#ask({ type: 'load', key, model, options, bytes })
  }

  /** Takes its turn after what waits already; leaves the queue at once where it is cancelled before. */
  async #inTurn<Result>(signal: AbortSignal | undefined, work: () => Promise<Result>): Promise<Result> {
    signal?.throwIfAborted()
    if (this.#isClosed) throw new RuntimeError('disposed', 'The session host is closed: create another one')
    let begun = false
    const turn = this.#queue.then(() => {
      signal?.throwIfAborted()
      if (this.#isClosed) throw new RuntimeError('disposed', 'The session host was closed')
      begun = true
      return this.#cancellable(signal, work)
    })
    this.#queue = turn.catch(() => undefined)
    if (!signal) return turn
    const aborted = aborting(signal, () => !begun)
    return Promise.race([turn, aborted.promise]).finally(aborted.stop)
  }

  /** Lets a cancelled request finish for the length of the grace, then kills the process under it. */
  async #cancellable<Result>(signal: AbortSignal | undefined, work: () => Promise<Result>): Promise<Result> {
    let timer: NodeJS.Timeout | undefined
    const onAbort = (): void => {
      timer = setTimeout(() => void this.#discard(), this.#options.grace)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      return await work()
    } catch (error) {
      if (this.#worker?.ended) await this.#discard()
      throw error
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      signal?.throwIfAborted()
      const limit = (this.#settledBytes ?? Infinity) + this.#options.growthLimit
      if (this.#privateBytes > limit) await this.#discard()
    }
  }
}

/** Rejects with the signal's reason once it is aborted while `applies`. */
function aborting(signal: AbortSignal, applies: () => boolean): { promise: Promise<never>; stop(): void } {
  let stop = (): void => undefined
  const promise = new Promise<never>((_, reject) => {
    const onAbort = (): void => {
      if (applies()) reject(signal.reason as Error)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    stop = () => signal.removeEventListener('abort', onAbort)
  })
  return { promise, stop }
}
