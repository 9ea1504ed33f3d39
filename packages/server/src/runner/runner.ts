import type { ChildProcess } from 'node:child_process'
import type { NodeId, Workflow } from '@patchbay/engine/workflow'
import type { DeviceStatus } from '../api/api-types.ts'
import { type PackFaults, createPackFaults } from '../packs/pack-faults.ts'
import {
  type ProcessEnd,
  checkTooLong,
  checkerEnded,
  crashReport,
  endText,
  notStarting,
  startProblem,
  unreadable,
  unreadableReport,
} from './crash-report.ts'
import { CurrentJob } from './current-job.ts'
import type { Checked, FromRunner, RunOutcome, RunnerOptions } from './messages.ts'
import { PendingChecks } from './pending-checks.ts'
import { RunnerChild } from './runner-child.ts'
import type { RunnerEvents, RunnerJob } from './runner-events.ts'
import type { RunnerLimits } from './runner-limits.ts'

/** One supervised child process: started again whenever it ends, and killed when it must be. */
export class Runner {
  private options: RunnerOptions
  private readonly spawn: () => ChildProcess
  private readonly limits: RunnerLimits
  private readonly events: RunnerEvents
  private readonly packFaults: PackFaults

  private child: RunnerChild | undefined
  private isReady = false
  private isClosed = false
  private job: CurrentJob | undefined
  private readonly checks = new PendingChecks()
  private readonly waiting: { resolve: () => void; reject: (error: Error) => void }[] = []

  private restarts = 0
  /** Starts in a row that did not become ready. */
  private failedStarts = 0
  private problem: string | undefined
  /** The node pack whose module is being loaded. */
  private loadingPack: string | undefined
  /** Packs that had been left out when this process was started. */
  private faultsAtStart = 0
  /** The nodes are to be loaded again. */
  private isOutdated = false
  private startTimer: NodeJS.Timeout | undefined
  private respawnTimer: NodeJS.Timeout | undefined

  private startedAt = Date.now()
  private memoryBytes = 0

  constructor(
    options: RunnerOptions,
    spawn: () => ChildProcess,
    limits: RunnerLimits,
    events: RunnerEvents,
    packFaults: PackFaults = createPackFaults(),
  ) {
    this.options = options
    this.spawn = spawn
    this.limits = limits
    this.events = events
    this.packFaults = packFaults
    packFaults.onChange(() => this.replaceIfStale())
    this.start()
  }

  get device(): string {
    return this.options.device.name
  }
  get isIdle(): boolean {
    return this.isReady && !this.job && !this.isClosed
  }
  get jobId(): string | undefined {
    return this.job?.id
  }
  get processId(): number | undefined {
    return this.child?.processId
  }

  /** Rejects when it has failed to start more than once; it goes on trying all the same. */
  whenReady(): Promise<void> {
    if (this.isReady && !this.isOutdated) return Promise.resolve()
    return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }))
  }

  /** False, and nothing done, when it is not idle. */
  run(job: RunnerJob): boolean {
    if (!this.isIdle) return false
    this.job = new CurrentJob(job.id, this.limits, () => this.child?.kill())
    const { id, targets, ...rest } = job
    this.child?.post({ type: 'run', job: id, ...rest, ...(targets ? { targets } : {}) })
    return true
  }

  /** Asks nicely, then kills. Idempotent. */
  cancel(id: string): void {
    const { job } = this
    if (job?.id !== id || job.isCancelled) return
    job.cancel(() => {
      // Nothing survives this signal, so the job is over now; the device is free when its next process is ready.
      this.isReady = false
      this.child?.kill()
      this.endJob({ state: 'cancelled', timeline: [], memoryBytes: this.memoryBytes, crashed: true })
    })
    this.child?.post({ type: 'cancel', job: id })
  }

  /** Loads its nodes again, of these packs, once it does nothing. */
  reload(nodePacks: readonly string[]): void {
    this.options = { ...this.options, nodePacks }
    this.isOutdated = true
    this.replaceIfStale()
  }

  free(models: boolean, memo: boolean): void {
    this.child?.post({ type: 'free', models, memo })
  }

  forgetEffects(): void {
    this.child?.post({ type: 'free', models: false, memo: false, effects: true })
  }

  validate(document: Workflow, targets?: readonly NodeId[]): Promise<Checked> {
    const answer = this.checks.add(document, targets)
    this.askNextCheck()
    return answer
  }

  private askNextCheck(): void {
    if (!this.isReady || this.isClosed) return
    const { checkMs } = this.limits
    const check = this.checks.take(checkMs, () => {
      this.problem = `did not finish checking a workflow within ${checkMs} ms`
      this.checks.broke(() => checkTooLong(checkMs))
      this.isReady = false
      this.child?.kill()
    })
    if (!check) return
    const { request, document, targets } = check
    this.child?.post({ type: 'validate', request, document, ...(targets ? { targets } : {}) })
  }

  status(): DeviceStatus {
    const { device, restarts, startedAt, memoryBytes, job, processId, problem } = this
    return {
      name: device,
      state: this.state(),
      restarts,
      startedAt,
      ...(memoryBytes ? { memoryBytes } : {}),
      ...(job ? { job: job.id } : {}),
      ...(processId === undefined ? {} : { processId }),
      ...(problem === undefined ? {} : { message: `The runner of ${device} ${problem}.` }),
    }
  }

  async close(): Promise<void> {
    this.isClosed = true
    clearTimeout(this.respawnTimer)
    clearTimeout(this.startTimer)
    this.job?.stopClocks()
    this.job = undefined
    await this.child?.end()
  }

  private state(): DeviceStatus['state'] {
    if (this.isClosed) return 'stopping'
    if (this.job) return 'busy'
    if (this.isReady) return 'idle'
    return this.failedStarts > 1 ? 'failed' : 'starting'
  }

  private start(): void {
    const child = new RunnerChild(this.spawn(), {
      onMessage: (message) => {
        if (this.child === child) this.receive(message)
      },
      onUnreadable: () => {
        if (this.child === child) this.replaceUnreadable()
      },
      onError: (error) => {
        this.problem = error.message
      },
      onExit: (end) => {
        if (this.child === child) this.onExit(end, child.errorTail)
      },
    })
    this.child = child
    this.startedAt = child.startedAt
    this.isReady = false
    this.loadingPack = undefined
    this.limitStart()
    this.faultsAtStart = this.packFaults.reasons.size
    this.isOutdated = false
    this.child?.post({
      type: 'start',
      options: { ...this.options, leftOut: Object.fromEntries(this.packFaults.reasons) },
    })
  }

  /** Kills a process that is not ready in time, or that loads one pack for too long: the pack is left out then. */
  private limitStart(): void {
    clearTimeout(this.startTimer)
    const pack = this.loadingPack
    const ms = pack === undefined ? this.limits.startMs : this.limits.packMs
    this.startTimer = setTimeout(() => {
      if (pack === undefined) this.problem = `did not become ready within ${ms} ms`
      else this.packFaults.leaveOut(pack, `it was not loaded within ${ms / 1000} s`)
      this.child?.kill()
    }, ms)
  }

  private receive(message: FromRunner): void {
    this.job?.keepAlive()
    switch (message.type) {
      case 'loading':
        this.loadingPack = message.pack
        this.limitStart()
        return
      case 'pack-broke':
        this.packFaults.leaveOut(message.pack, message.reason)
        return
      case 'ready':
        this.onReady(message)
        return
      case 'validated':
        this.checks.answer(message.request, message)
        this.askNextCheck()
        this.replaceIfStale()
        return
      case 'events':
        if (this.job?.id !== message.job) return
        this.job.follow(message.events)
        this.events.onRunEvents(message.job, message.events)
        return
      case 'ended':
        if (this.job?.id !== message.job) return
        this.memoryBytes = message.memoryBytes
        this.endJob(message)
    }
  }

  /** What else it would say cannot be trusted to be about its job. */
  private replaceUnreadable(): void {
    this.problem = unreadable
    if (this.job) this.job.killReason = unreadableReport(this.job.node)
    this.events.onLog('error', 'runner sent what is no message', { device: this.device, job: this.job?.id })
    this.isReady = false
    this.child?.kill()
  }

  private onReady(message: Extract<FromRunner, { type: 'ready' }>): void {
    clearTimeout(this.startTimer)
    this.loadingPack = undefined
    this.isReady = true
    this.failedStarts = 0
    this.problem = undefined
    this.events.onReady(message)
    for (const { resolve } of this.waiting.splice(0)) resolve()
    this.askNextCheck()
    this.replaceIfStale()
  }

  private endJob(outcome: RunOutcome & { readonly crashed?: boolean }): void {
    const { job } = this
    if (!job) return
    job.stopClocks()
    this.job = undefined
    if (!outcome.crashed && this.isWorn()) this.replace()
    const { state, error, timeline, memoryBytes, crashed, results, used } = outcome
    this.events.onEnded(job.id, {
      state,
      timeline,
      memoryBytes,
      ...(results ? { results } : {}),
      ...(used ? { used } : {}),
      ...(error ? { error } : {}),
      ...(crashed ? { crashed } : {}),
    })
  }

  /** It loaded a pack that has been left out since, or is to load its packs again: all are to have the same nodes. */
  private isStale(): boolean {
    return this.isOutdated || this.faultsAtStart < this.packFaults.reasons.size
  }
  private isWorn(): boolean {
    const { recycleBytes, recycleMs } = this.limits
    return this.memoryBytes > recycleBytes || Date.now() - this.startedAt > recycleMs || this.isStale()
  }
  private replaceIfStale(): void {
    if (this.isReady && !this.job && this.checks.size === 0 && this.isStale()) this.replace()
  }
  private replace(): void {
    const { device, memoryBytes } = this
    this.events.onLog('info', 'runner is replaced', { device, memoryBytes, ageMs: Date.now() - this.startedAt })
    this.isReady = false
    this.child?.kill()
  }

  private onExit(end: ProcessEnd, errorTail: string): void {
    clearTimeout(this.startTimer)
    const wasReady = this.isReady
    const pack = this.loadingPack
    this.child = undefined
    this.isReady = false
    this.loadingPack = undefined
    if (pack !== undefined && !this.isClosed && !this.isStale()) {
      this.packFaults.diedUnder(pack, `its process ended while it was loaded (${endText(end)})`)
    }
    if (this.checks.size > 0) {
      this.events.onLog('error', 'the checker of workflows ended', { ...end, errorTail })
    }
    if (this.isClosed) this.checks.rejectAll(checkerEnded)
    else this.checks.broke(checkerEnded)
    if (!this.isClosed) {
      this.restarts++
      if (!wasReady && !this.job && pack === undefined && !this.isStale()) this.countFailedStart(end, errorTail)
      const waitMs = this.failedStarts === 0 ? 0 : Math.min(10_000, 200 * 2 ** this.failedStarts)
      this.respawnTimer = setTimeout(() => this.start(), waitMs)
    }
    if (this.job) this.endCrashedJob(this.job, end, errorTail)
  }

  private countFailedStart(end: ProcessEnd, errorTail: string): void {
    this.failedStarts++
    const problem = (this.problem ??= startProblem(end))
    if (this.failedStarts === 1) return
    const { device } = this
    this.events.onLog('error', 'runner does not start', { device, problem, errorTail })
    for (const { reject } of this.waiting.splice(0)) reject(notStarting(device, problem))
    this.checks.rejectAll(() => notStarting(device, problem))
  }

  private endCrashedJob(job: CurrentJob, end: ProcessEnd, errorTail: string): void {
    const { memoryBytes } = this
    if (job.isCancelled) {
      this.endJob({ state: 'cancelled', timeline: [], memoryBytes, crashed: true })
      return
    }
    this.events.onLog('warn', 'runner ended under a job', { job: job.id, ...end, errorTail })
    const error = job.killReason ?? crashReport(end, job.node, errorTail)
    this.endJob({ state: 'failed', error, timeline: [], memoryBytes, crashed: true })
  }
}
