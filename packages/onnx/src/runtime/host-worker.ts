import type { ChildProcess } from 'node:child_process'
import { Socket } from 'node:net'
import type { HostReply, HostRequest } from './host-protocol.ts'
import { RuntimeError } from './runtime-error.ts'

/** What a process writes to stderr is kept up to this length, for the message when it dies. */
const keptStderr = 4096

/** One process of a session host, from its start to its end. */
export class HostWorker {
  readonly #child: ChildProcess
  #waiting: { resolve(reply: HostReply): void; reject(error: Error): void } | undefined
  #ended = false
  #stderr = ''
  readonly #gone: Promise<void>

  constructor(child: ChildProcess) {
    this.#child = child
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-keptStderr)
    })
    child.on('message', (reply: HostReply) => {
      const waiting = this.#waiting
      this.#waiting = undefined
      waiting?.resolve(reply)
    })
    this.#gone = new Promise((resolve) => {
      const end = (what: string): void => {
        this.#ended = true
        const said = this.#stderr.trim()
        const message = `The session process ${what}${said === '' ? '' : `: ${said}`}`
        this.#waiting?.reject(new RuntimeError('process-died', message))
        this.#waiting = undefined
        resolve()
      }
      child.on('error', (error) => end(`could not be started (${error.message})`))
      child.on('exit', (code, signal) => end(signal ? `was ended by ${signal}` : `ended with code ${String(code)}`))
    })
    // A host that is not used must not keep its owner alive.
    child.unref()
    child.channel?.unref()
    if (child.stderr instanceof Socket) child.stderr.unref()
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Sends one request and waits for its reply; rejects with `process-died` where the process ends first. */
  ask(request: HostRequest): Promise<HostReply> {
    return new Promise<HostReply>((resolve, reject) => {
      if (this.#ended) return reject(new RuntimeError('process-died', 'The session process has ended'))
      this.#child.ref()
      this.#child.channel?.ref()
      this.#waiting = { resolve, reject }
      this.#child.send(request, (error) => {
        if (error)
          this.#waiting?.reject(
            new RuntimeError('process-died', `The session process cannot be reached: ${error.message}`),
          )
      })
    }).finally(() => {
      this.#child.unref()
      this.#child.channel?.unref()
    })
  }

  /** Ends the process whatever it is doing, also inside a native call, and waits until it is gone. */
  async kill(): Promise<void> {
    if (!this.#ended) this.#child.ref()
    this.#child.kill('SIGKILL')
    await this.#gone
  }
}
