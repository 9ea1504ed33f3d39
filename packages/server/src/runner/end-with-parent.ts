import { Worker } from 'node:worker_threads'

/** How often the parent is looked at, in ms. */
const lookEveryMs = 500

/** Plain JavaScript: what is given to a thread as a text cannot be TypeScript. */
const program = `
  const parent = process.ppid
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL')
  }, ${lookEveryMs})`

/**
 * Ends this process when its parent has ended, also while a node computes and no turn of the event loop comes, in which
 * the end of the channel to the parent would be heard.
 */
export function endWithParent(): void {
  const thread = new Worker(program, { eval: true, env: {}, execArgv: [] })
  // Without the thread the end of the channel still ends the process.
  thread.on('error', () => undefined)
  thread.unref()
}
