import type { ChildProcess } from 'node:child_process'
import type { NodeId, RunErrorReport, RunEvent, Workflow } from '@patchbay/engine/workflow'
import type { DeviceStatus } from '../api/api-types.ts'
import { Failure } from '../failure.ts'
import type { Checked, EmbeddedTexts, FromRunner, RunOutcome, RunnerOptions, ToRunner } from './messages.ts'
import type { EarlierOutput } from '../store/stored-job.ts'
import { type PackFaults, createPackFaults } from '../packs/pack-faults.ts'

export interface RunnerLimits {
  /** From a soft cancel to the kill. A native call does not hear the soft one. */
  readonly cancelGraceMs: number
  /** A running job that says nothing for this long is taken to hang. */
  readonly stallMs: number
  readonly startMs: number
  /** The module of a node pack that takes longer is left out. */
  readonly packMs: number
  /** A check of one workflow that takes longer is given up. */
  readonly checkMs: number
  /** A process this large or this old is replaced when it is next idle. */
  readonly recycleBytes: number
  readonly recycleMs: number
}
export interface RunnerEvents {
  readonly onReady: (message: Extract<FromRunner, { type: 'ready' }>) => void
  readonly onRunEvents: (job: string, events: readonly RunEvent[]) => void
  /** Exactly once for each job that was run. `crashed` says the process died under it. */
  readonly onEnded: (job: string, outcome: RunOutcome & { readonly crashed?: boolean }) => void
  readonly onLog: (level: 'info' | 'warn' | 'error', message: string, fields?: object) => void
}
export interface RunnerJob {
  readonly id: string
  readonly document: Workflow
  readonly targets?: readonly NodeId[]
  readonly embedded: EmbeddedTexts
  readonly reuseEffects: boolean
  readonly earlier: readonly EarlierOutput[]
}
export interface Runner {
  readonly device: string
  /** Whether it would take a job at this moment. */
  isIdle(): boolean
  /** The job that it runs. */
  jobId(): string | undefined
  processId(): number | undefined
  /** Rejects when it has failed to start more than once; it goes on trying all the same. */
  whenReady(): Promise<void>
  /** False, and nothing done, when it is not idle. */
  run(job: RunnerJob): boolean
  /** Asks nicely, then kills. Idempotent. */
  cancel(job: string): void
  free(models: boolean, memo: boolean): void
  forgetEffects(): void
  validate(document: Workflow, targets?: readonly NodeId[]): Promise<Checked>
  status(): DeviceStatus
  close(): Promise<void>
}

/** One supervised child process: started again whenever it ends, and killed when it must be. */
export function createRunner(
  options: RunnerOptions,
  spawn: () => ChildProcess,
  limits: RunnerLimits,
  events: RunnerEvents,
  packFaults: PackFaults = createPackFaults(),
): Runner {
  let child: ChildProcess | undefined
  let ready = false
  let closed = false
  let restarts = 0
  let failedStarts = 0
  let startedAt = Date.now()
  let memoryBytes = 0
  let problem: string | undefined
  let errorTail = ''
  /** The node pack that is being loaded. */
  let loading: string | undefined
  let knownFaults = 0
  let startTimer: NodeJS.Timeout | undefined
  let running: { job: string; node?: NodeId; cancelled: boolean; reason?: RunErrorReport } | undefined
  let killTimer: NodeJS.Timeout | undefined
  let stallTimer: NodeJS.Timeout | undefined
  let respawnTimer: NodeJS.Timeout | undefined
  let nextRequest = 1
  const questions = new Map<number, { resolve: (found: Checked) => void; reject: (error: Error) => void }>()
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = []

  function start(): void {
    const current = spawn()
    child = current
    ready = false
    errorTail = ''
    loading = undefined
    startedAt = Date.now()
    armStart()
    current.stderr?.on('data', (chunk: Buffer) => {
      errorTail = (errorTail + chunk.toString()).slice(-4096)
    })
    current.stdout?.resume()
    current.on('message', (message: FromRunner) => {
      if (child !== current) return
      receive(message)
    })
    current.on('error', (error) => {
      problem = error.message
    })
    current.on('exit', (code, signal) => {
      if (child === current) ended(code, signal)
    })
    knownFaults = packFaults.reasons.size
    post({ type: 'start', options: { ...options, leftOut: Object.fromEntries(packFaults.reasons) } })
  }

  function armStart(): void {
    clearTimeout(startTimer)
    const pack = loading
    const ms = pack === undefined ? limits.startMs : limits.packMs
    startTimer = setTimeout(() => {
      if (pack === undefined) problem = `did not become ready within ${ms} ms`
      else packFaults.leaveOut(pack, `it was not loaded within ${ms / 1000} s`)
      child?.kill('SIGKILL')
    }, ms)
  }

  function post(message: ToRunner): void {
    // A message to a process that is just dying is lost on purpose: its exit is handled where it is reported.
    if (child?.connected) child.send(message, () => undefined)
  }

  function receive(message: FromRunner): void {
    if (running) armStall()
    switch (message.type) {
      case 'loading':
        loading = message.pack
        armStart()
        return
      case 'pack-broke':
        packFaults.leaveOut(message.pack, message.reason)
        return
      case 'ready':
        clearTimeout(startTimer)
        loading = undefined
        ready = true
        failedStarts = 0
        problem = undefined
        events.onReady(message)
        for (const { resolve } of waiting.splice(0)) resolve()
        refresh()
        return
      case 'validated':
        questions.get(message.request)?.resolve(message)
        questions.delete(message.request)
        refresh()
        return
      case 'events':
        if (running?.job !== message.job) return
        for (const event of message.events) if (event.type === 'node-started') running.node = event.node
        events.onRunEvents(message.job, message.events)
        return
      case 'ended': {
        if (running?.job !== message.job) return
        memoryBytes = message.memoryBytes
        finish(message)
        return
      }
    }
  }

  function finish(outcome: RunOutcome & { crashed?: boolean }): void {
    const finished = running
    clearTimeout(killTimer)
    clearTimeout(stallTimer)
    running = undefined
    if (!finished) return
    if (!outcome.crashed && isWorn()) recycle()
    const { state, error, timeline, memoryBytes: memory } = outcome
    events.onEnded(finished.job, {
      state,
      timeline,
      memoryBytes: memory,
      ...(error ? { error } : {}),
      ...(outcome.crashed ? { crashed: true } : {}),
    })
  }

  const isStale = (): boolean => knownFaults < packFaults.reasons.size
  const isWorn = (): boolean =>
    memoryBytes > limits.recycleBytes || Date.now() - startedAt > limits.recycleMs || isStale()
  /** All processes have the same nodes: one that loaded a pack which has been left out since is replaced when nothing waits for it. */
  function refresh(): void {
    if (ready && !running && questions.size === 0 && isStale()) recycle()
  }
  packFaults.onChange(refresh)
  function recycle(): void {
    events.onLog('info', 'runner is replaced', {
      device: options.device.name,
      memoryBytes,
      ageMs: Date.now() - startedAt,
    })
    ready = false
    child?.kill('SIGKILL')
  }

  function ended(code: number | null, signal: NodeJS.Signals | null): void {
    clearTimeout(startTimer)
    const wasReady = ready
    const died = loading
    child = undefined
    ready = false
    loading = undefined
    if (died !== undefined && !closed && !isStale()) {
      packFaults.diedUnder(died, `its process ended while it was loaded (${signal ?? `exit code ${String(code)}`})`)
    }
    const { size } = questions
    if (size > 0) events.onLog('error', 'the checker of workflows ended', { code, signal, errorTail })
    for (const { reject } of questions.values()) reject(unchecked())
    questions.clear()
    if (!closed) {
      restarts++
      if (!wasReady && !running && died === undefined && !isStale()) {
        failedStarts++
        problem ??= startProblem(code, signal)
        if (failedStarts > 1)
          events.onLog('error', 'runner does not start', { device: options.device.name, problem, errorTail })
        if (failedStarts > 1)
          for (const { reject } of waiting.splice(0)) reject(notStarting(options.device.name, problem))
      }
      const wait = failedStarts === 0 ? 0 : Math.min(10_000, 200 * 2 ** failedStarts)
      respawnTimer = setTimeout(start, wait)
    }
    if (!running) return
    const { cancelled, reason } = running
    if (cancelled) {
      finish({ state: 'cancelled', timeline: [], memoryBytes, crashed: true })
      return
    }
    events.onLog('warn', 'runner ended under a job', { job: running.job, code, signal, errorTail })
    const error = reason ?? crashReport(code, signal, running.node, errorTail)
    finish({ state: 'failed', error, timeline: [], memoryBytes, crashed: true })
  }

  function armStall(): void {
    clearTimeout(stallTimer)
    stallTimer = setTimeout(() => {
      if (!running) return
      const seconds = Math.round(limits.stallMs / 1000)
      running.reason = {
        code: 'runner-stalled',
        message: `The runner said nothing for ${seconds} s${running.node ? ` while node ${running.node} ran` : ''}, so it was stopped. If the work truly takes that long, raise --stall-timeout.`,
        ...(running.node ? { node: running.node } : {}),
      }
      child?.kill('SIGKILL')
    }, limits.stallMs)
  }

  const isIdle = (): boolean => ready && !running && !closed

  start()
  return {
    device: options.device.name,
    isIdle,
    jobId: () => running?.job,
    processId: () => child?.pid,
    whenReady: () => (ready ? Promise.resolve() : new Promise((resolve, reject) => waiting.push({ resolve, reject }))),

    run(job) {
      if (!isIdle()) return false
      running = { job: job.id, cancelled: false }
      armStall()
      const { id, targets, ...rest } = job
      post({ type: 'run', job: id, ...rest, ...(targets ? { targets } : {}) })
      return true
    },
    cancel(job) {
      if (running?.job !== job || running.cancelled) return
      running.cancelled = true
      post({ type: 'cancel', job })
      killTimer = setTimeout(() => {
        // Nothing survives this signal, so the job is over now; the device is free when its next process is ready.
        ready = false
        child?.kill('SIGKILL')
        finish({ state: 'cancelled', timeline: [], memoryBytes, crashed: true })
      }, limits.cancelGraceMs)
    },
    free: (models, memo) => {
      post({ type: 'free', models, memo })
    },
    forgetEffects: () => {
      post({ type: 'free', models: false, memo: false, effects: true })
    },
    validate(document, targets) {
      return new Promise((resolve, reject) => {
        const request = nextRequest++
        const timer = setTimeout(() => {
          problem = `did not finish checking a workflow within ${limits.checkMs} ms`
          child?.kill('SIGKILL')
        }, limits.checkMs)
        questions.set(request, {
          resolve: ({ issues, estimates }) => {
            clearTimeout(timer)
            resolve({ issues, estimates })
          },
          reject: (error) => {
            clearTimeout(timer)
            reject(error)
          },
        })
        post({ type: 'validate', request, document, ...(targets ? { targets } : {}) })
      })
    },
    status() {
      const state = closed ? 'stopping' : running ? 'busy' : ready ? 'idle' : failedStarts > 1 ? 'failed' : 'starting'
      return {
        name: options.device.name,
        state,
        restarts,
        startedAt,
        ...(memoryBytes ? { memoryBytes } : {}),
        ...(running ? { job: running.job } : {}),
        ...(child?.pid === undefined ? {} : { processId: child.pid }),
        ...(problem === undefined ? {} : { message: `The runner of ${options.device.name} ${problem}.` }),
      }
    },
    async close() {
      closed = true
      clearTimeout(respawnTimer)
      clearTimeout(startTimer)
      clearTimeout(stallTimer)
      clearTimeout(killTimer)
      running = undefined
      const last = child
      if (!last) return
      const gone = new Promise((resolve) => last.once('exit', resolve))
      last.kill('SIGKILL')
      await gone
    },
  }
}

const unchecked = (): Failure =>
  new Failure('unavailable', 'The workflow could not be checked: the process that checks workflows ended.', {
    hint: 'Try again; if it ends each time, the server log says which node does it.',
    retryAfter: 1,
  })

const notStarting = (device: string, problem: string | undefined): Failure =>
  new Failure('unavailable', `The runner of ${device} ${problem ?? 'does not start'}.`, {
    hint: "It is tried again; the server's log says more, and `patchbay doctor` looks for the cause.",
    retryAfter: 10,
  })

const startProblem = (code: number | null, signal: NodeJS.Signals | null): string =>
  `ended while starting (${signal ?? `exit code ${String(code)}`}); see the server's log`

/** Says how a runner died, in words for the person whose job it was. The text on stderr may name paths and stays in the log. */
export function crashReport(
  code: number | null,
  signal: NodeJS.Signals | null,
  node: NodeId | undefined,
  errorTail: string,
): RunErrorReport {
  const where = node ? ` while node ${node} ran` : ''
  const outOfMemory = /heap out of memory|bad_alloc|std::bad_alloc|Failed to allocate/i.test(errorTail)
  const cause =
    outOfMemory || signal === 'SIGKILL'
      ? 'Most likely memory ran out: try a smaller picture, batch or model.'
      : 'This is a fault in native code or in a node; the job can be retried.'
  return {
    code: outOfMemory || signal === 'SIGKILL' ? 'runner-out-of-memory' : 'runner-crashed',
    message: `The runner process ended (${signal ?? `exit code ${String(code)}`})${where}. ${cause}`,
    ...(node ? { node } : {}),
  }
}
