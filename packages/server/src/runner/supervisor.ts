import type { ChildProcess } from 'node:child_process'
import type { NodeId, RegistryManifest, Workflow } from '@patchbay/engine/workflow'
import type { DeviceStatus } from '../api/api-types.ts'
import type { Device } from '@patchbay/nodes'
import type { NodePack } from '../packs/node-pack.ts'
import { createPackFaults } from '../packs/pack-faults.ts'
import type { Checked, FromRunner, RunnerOptions } from './messages.ts'
import type { RunnerEvents, RunnerJob } from './runner-events.ts'
import type { RunnerLimits } from './runner-limits.ts'
import { Runner } from './runner.ts'

export interface SupervisorEvents extends Pick<RunnerEvents, 'onRunEvents' | 'onEnded' | 'onLog'> {
  /** A device may take a job. */
  readonly onIdle: () => void
}

/**
 * One runner process for each device, and one that only checks workflows, so that a submission is answered while every
 * device is inside a native call.
 */
export class Supervisor {
  private loaded: { readonly manifest: RegistryManifest; readonly packs: readonly NodePack[] } | undefined
  /** Rises each time the checker has loaded its nodes: what depends on them is out of date then. */
  private revision = 0
  private readonly packFaults = createPackFaults()
  private readonly checker: Runner
  private readonly runners: readonly Runner[]

  constructor(
    options: Omit<RunnerOptions, 'role' | 'device'>,
    devices: readonly [Device, ...Device[]],
    spawn: () => ChildProcess,
    limits: RunnerLimits,
    events: SupervisorEvents,
  ) {
    const { packFaults } = this
    const { onLog, onRunEvents, onIdle } = events
    const onEnded: RunnerEvents['onEnded'] = (job, outcome) => {
      events.onEnded(job, outcome)
      onIdle()
    }
    const runnerOn = (role: RunnerOptions['role'], device: Device, onReady: RunnerEvents['onReady']): Runner =>
      new Runner({ ...options, role, device }, spawn, limits, { onLog, onRunEvents, onEnded, onReady }, packFaults)
    this.checker = runnerOn('validator', devices[0], (ready) => {
      this.takeNodes(ready, onLog)
    })
    this.runners = devices.map((device) => runnerOn('device', device, onIdle))
  }

  /** Once the nodes are loaded. `revision` rises whenever they were loaded again. */
  async manifest(): Promise<{ manifest: RegistryManifest; revision: number }> {
    await this.checker.whenReady()
    const { manifest = { nodes: [], socketTypes: [], coercions: [] } } = this.loaded ?? {}
    return { manifest, revision: this.revision }
  }

  /** Once they are loaded. */
  async packs(): Promise<readonly NodePack[]> {
    await this.checker.whenReady()
    return this.packsSoFar()
  }

  packsSoFar(): readonly NodePack[] {
    return this.loaded?.packs ?? []
  }

  /**
   * All that is wrong with a workflow, and what its nodes take; throws when it could not be checked. A workflow that
   * breaks the checker breaks only its own check.
   */
  async validate(document: Workflow, targets?: readonly NodeId[]): Promise<Checked> {
    await this.checker.whenReady()
    return this.checker.validate(document, targets)
  }

  isReady(): boolean {
    return this.loaded !== undefined && this.runners.some((runner) => runner.status().state !== 'failed')
  }

  /** A device that would take a job at this moment. */
  idleDevice(): string | undefined {
    return this.runners.find((runner) => runner.isIdle)?.device
  }

  /** False, and nothing done, when the device is not idle. */
  run(device: string, job: RunnerJob): boolean {
    return this.runners.find((runner) => runner.device === device)?.run(job) ?? false
  }

  /** Stops the run of a job; false when no runner has it. */
  cancel(job: string): boolean {
    const runner = this.runners.find(({ jobId }) => jobId === job)
    runner?.cancel(job)
    return runner !== undefined
  }

  /** Loads the nodes again, of these packs: each process is replaced as soon as it does nothing. */
  async reload(nodePacks: readonly string[]): Promise<void> {
    this.packFaults.forget()
    for (const runner of this.runners) runner.reload(nodePacks)
    this.checker.reload(nodePacks)
    await this.checker.whenReady()
  }

  forgetEffects(): void {
    for (const runner of this.runners) runner.forgetEffects()
  }

  free(models: boolean, memo: boolean): void {
    for (const runner of this.runners) runner.free(models, memo)
  }

  devices(): DeviceStatus[] {
    return this.runners.map((runner) => runner.status())
  }

  processIds(): number[] {
    return [this.checker, ...this.runners].flatMap(({ processId }) => processId ?? [])
  }

  async close(): Promise<void> {
    await Promise.all([this.checker, ...this.runners].map((runner) => runner.close()))
  }

  private takeNodes({ manifest, packs }: Extract<FromRunner, { type: 'ready' }>, onLog: RunnerEvents['onLog']): void {
    this.loaded = { manifest, packs }
    this.revision++
    for (const { name, error, warnings } of packs) {
      if (error !== undefined) onLog('warn', 'node pack left out', { pack: name, reason: error })
      for (const warning of warnings) onLog('warn', 'node pack has a fault', { pack: name, reason: warning })
    }
  }
}
