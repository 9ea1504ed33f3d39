import { constants, setPriority } from 'node:os'
import { createThrottle } from '../live/throttle.ts'
import type { FromRunner, ToRunner } from './messages.ts'
import type { Workload } from './workload.ts'
import { loadWorkload } from './workload.ts'

// The entry of a runner process: talks to its supervisor over IPC, and ends with it.
let workload: Workload | undefined
let running: { readonly job: string; readonly abort: AbortController } | undefined

function post(message: FromRunner): void {
  process.send?.(message)
}

async function run({ type: _, job, ...request }: Extract<ToRunner, { type: 'run' }>): Promise<void> {
  if (!workload) return
  const abort = new AbortController()
  running = { job, abort }
  const throttle = createThrottle((events) => {
    post({ type: 'events', job, events })
  })
  const outcome = await workload.run(request, abort.signal, (event) => {
    throttle.push(event)
  })
  throttle.flush()
  running = undefined
  post({ type: 'ended', job, ...outcome, memoryBytes: process.memoryUsage.rss() })
}

async function receive(message: ToRunner): Promise<void> {
  switch (message.type) {
    case 'start':
      // It may keep every core busy for hours; the server, and the person at the machine, come first.
      if (message.options.role === 'device') setPriority(constants.priority.PRIORITY_BELOW_NORMAL)
      workload = await loadWorkload(message.options)
      post({ type: 'ready', manifest: workload.manifest, packs: workload.packs })
      return
    case 'validate':
      post({
        type: 'validated',
        request: message.request,
        issues: (await workload?.validate(message.document, message.targets)) ?? [],
      })
      return
    case 'run':
      return run(message)
    case 'cancel':
      if (running?.job === message.job) running.abort.abort()
      return
    case 'free':
      return workload?.free(message)
  }
}

process.on('message', (message: ToRunner) => {
  receive(message).catch((error: unknown) => {
    // Whatever gets here is a fault of the runner itself: its supervisor reports it and starts another.
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
    process.exit(70)
  })
})
process.on('disconnect', () => process.exit(0))
