import type { ChildProcess } from 'node:child_process'
import type { ProcessEnd } from './crash-report.ts'
import type { FromRunner, ToRunner } from './messages.ts'
import { isMessage } from './read-message.ts'

export interface RunnerChildEvents {
  readonly onMessage: (message: FromRunner) => void
  /** It sent what is no message. */
  readonly onUnreadable: () => void
  readonly onError: (error: Error) => void
  readonly onExit: (end: ProcessEnd) => void
}

/** One process of a runner, from its start to its end. */
export class RunnerChild {
  readonly startedAt = Date.now()
  /** The last of what it wrote to stderr. */
  errorTail = ''
  private readonly process: ChildProcess

  constructor(process: ChildProcess, events: RunnerChildEvents) {
    this.process = process
    process.stderr?.on('data', (chunk: Buffer) => {
      this.errorTail = (this.errorTail + chunk.toString()).slice(-4096)
    })
    process.stdout?.resume()
    process.on('message', (message) => {
      if (isMessage(message)) events.onMessage(message)
      else events.onUnreadable()
    })
    process.on('error', events.onError)
    process.on('exit', (code, signal) => {
      events.onExit({ code, signal })
    })
  }

  get processId(): number | undefined {
    return this.process.pid
  }

  post(message: ToRunner): void {
    // A message to a process that is just dying is lost on purpose: its exit is handled where it is reported.
    if (this.process.connected) this.process.send(message, () => undefined)
  }

  kill(): void {
    this.process.kill('SIGKILL')
  }

  /** Kills it and waits for its exit. */
  async end(): Promise<void> {
    const exit = new Promise((resolve) => this.process.once('exit', resolve))
    this.kill()
    await exit
  }
}
