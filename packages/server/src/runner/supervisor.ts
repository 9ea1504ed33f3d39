import type { ChildProcess } from 'node:child_process'
import type { NodeId, RegistryManifest, Workflow } from '@patchbay/engine/workflow'
import type { DeviceStatus } from '../api/api-types.ts'
import type { Device } from '@patchbay/nodes'
import type { NodePack } from '../packs/node-pack.ts'
import type { Checked, RunnerOptions } from './messages.ts'
import { createPackFaults } from '../packs/pack-faults.ts'
import { type Runner, type RunnerEvents, type RunnerJob, type RunnerLimits, createRunner } from './runner.ts'

export interface Supervisor {
  /** Once the nodes are loaded. `revision` rises whenever they were loaded again. */
  manifest(): Promise<{ manifest: RegistryManifest; revision: number }>
  /** Once they are loaded. */
  packs(): Promise<readonly NodePack[]>
  packsSoFar(): readonly NodePack[]
  /**
   * All that is wrong with a workflow, and what its nodes take; throws when it could not be checked. A workflow that breaks the checker
   * breaks only its own check.
   */
  validate(document: Workflow, targets?: readonly NodeId[]): Promise<Checked>
  isReady(): boolean
  /** A device that would take a job at this moment. */
  idleDevice(): string | undefined
  /** False, and nothing done, when the device is not idle. */
  run(device: string, job: RunnerJob): boolean
  /** Stops the run of a job; false when none is here. */
  cancel(job: string): boolean
  forgetEffects(): void
  free(models: boolean, memo: boolean): void
  devices(): DeviceStatus[]
  processIds(): number[]
  close(): Promise<void>
}
export interface SupervisorEvents extends Pick<RunnerEvents, 'onRunEvents' | 'onEnded' | 'onLog'> {
  /** A device may take a job. */
  readonly onIdle: () => void
}

/**
 * One runner process for each device, and one that only checks workflows, so that a submission is answered while every device is
 * inside a native call.
 */
export function createSupervisor(
  options: Omit<RunnerOptions, 'role' | 'device'>,
  devices: readonly [Device, ...Device[]],
  spawn: () => ChildProcess,
  limits: RunnerLimits,
  events: SupervisorEvents,
): Supervisor {
  let manifest: RegistryManifest | undefined
  let packs: readonly NodePack[] = []
  let revision = 0

  const shared = {
    onLog: events.onLog,
    onRunEvents: events.onRunEvents,
    onEnded: (...args: Parameters<RunnerEvents['onEnded']>) => {
      events.onEnded(...args)
      events.onIdle()
    },
  }
  const packFaults = createPackFaults()
  const validatorOptions: RunnerOptions = { ...options, role: 'validator', device: devices[0] }
  const validatorEvents: RunnerEvents = {
    ...shared,
    onReady: (ready) => {
      manifest = ready.manifest
      packs = ready.packs
      revision++
      for (const pack of packs)
        if (pack.error) events.onLog('warn', 'node pack left out', { pack: pack.name, reason: pack.error })
    },
  }
  const validator = createRunner(validatorOptions, spawn, limits, validatorEvents, packFaults)
  const runners: readonly Runner[] = devices.map((device) =>
    createRunner(
      { ...options, role: 'device', device },
      spawn,
      limits,
      { ...shared, onReady: events.onIdle },
      packFaults,
    ),
  )

  return {
    async manifest() {
      await validator.whenReady()
      return { manifest: manifest ?? { nodes: [], socketTypes: [], coercions: [] }, revision }
    },
    async packs() {
      await validator.whenReady()
      return packs
    },
    packsSoFar: () => packs,
    async validate(document, targets) {
      await validator.whenReady()
      return validator.validate(document, targets)
    },
    isReady: () => manifest !== undefined && runners.some((runner) => runner.status().state !== 'failed'),
    idleDevice: () => runners.find((runner) => runner.isIdle())?.device,
    run: (device, job) => runners.find((runner) => runner.device === device)?.run(job) ?? false,
    cancel(job) {
      const runner = runners.find((candidate) => candidate.jobId() === job)
      runner?.cancel(job)
      return runner !== undefined
    },
    forgetEffects() {
      for (const runner of runners) runner.forgetEffects()
    },
    free(models, memo) {
      for (const runner of runners) runner.free(models, memo)
    },
    devices: () => runners.map((runner) => runner.status()),
    processIds: () => [validator, ...runners].flatMap((runner) => runner.processId() ?? []),
    close: async () => {
      await Promise.all([validator, ...runners].map((runner) => runner.close()))
    },
  }
}
