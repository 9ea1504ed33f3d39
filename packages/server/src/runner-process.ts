import { constants, setPriority } from 'node:os'
import { endWithParent } from './runner/end-with-parent.ts'
import { createThrottle } from './runner/throttle.ts'
import type { FromRunner, ToRunner } from './runner/messages.ts'
import { packOnStack } from './packs/node-packs.ts'
import { refuseExit } from './packs/refuse-exit.ts'
import { type Workload, loadWorkload } from './runner/workload.ts'
import { adapterMistakes, shadowedNodes } from './surfaces/comfy/catalogue/pack-adapter.ts'
import { messageOf } from './message-of.ts'

// The entry of a runner process: talks to its supervisor over IPC, and ends with it.
let workload: Workload | undefined
let running: { readonly job: string; readonly abort: AbortController } | undefined

/** Packs whose code has been begun; the last of them is being loaded until `ready`. */
const begun: string[] = []

const exit = process.exit.bind(process)
// A node may end its process with its job; nobody may end it between jobs.
refuseExit(() => running !== undefined)

function post(message: FromRunner): void {
  process.send?.(message)
}
/** Resolves when the message is out, whatever happens to this process next. */
const posted = (message: FromRunner): Promise<void> =>
  new Promise((resolve) => {
    if (process.send) process.send(message, () => resolve())
    else resolve()
  })

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
      workload = await loadWorkload(message.options, {
        checkAdapter: adapterMistakes,
        shadowed: shadowedNodes,
        onLoading: (pack) => {
          begun.push(pack)
          return posted({ type: 'loading', pack })
        },
      })
      post({ type: 'ready', manifest: workload.manifest, packs: workload.packs })
      return
    case 'validate':
      post({
        type: 'validated',
        request: message.request,
        ...((await workload?.validate(message.document, message.targets)) ?? { issues: [], estimates: [] }),
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

/** Whatever gets here is a fault of the runner itself: its supervisor reports it and starts another. */
function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  exit(70)
}

process.on('message', (message: ToRunner) => {
  receive(message).catch(fail)
})
process.on('uncaughtException', (error: unknown) => {
  // Under a job it is the job that fails; else the pack goes whose code it was, or the next process would end the same
  // way.
  const pack = running ? undefined : (packOnStack(error, begun) ?? (workload ? undefined : begun.at(-1)))
  if (pack === undefined) fail(error)
  else {
    const reason = `it threw where nothing could catch it: ${messageOf(error)}`
    void posted({ type: 'pack-broke', pack, reason }).then(() => exit(70))
  }
})
process.on('disconnect', () => exit(0))
endWithParent()
