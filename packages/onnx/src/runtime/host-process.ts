// The process that a session host starts: holds sessions, runs them one at a time, and may be killed at any moment.
import { readFileSync } from 'node:fs'
import type { HostReply, HostRequest } from './host-protocol.ts'
import { RuntimeError } from './runtime-error.ts'
import { Session } from './session.ts'
import { SessionPool } from './session-pool.ts'

let pool = new SessionPool<Session>(Infinity)

process.on('message', (request: HostRequest) => {
  void answer(request).then((reply) => process.send?.(reply))
})
// Without its parent the process has no one to work for.
process.on('disconnect', () => process.exit(0))

async function answer(request: HostRequest): Promise<HostReply> {
  try {
    const results = await perform(request)
    return { type: 'done', results, loaded: pool.keys, privateBytes: privateBytes() }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { type: 'failed', code: error instanceof RuntimeError ? error.code : 'run-failed', message }
  }
}

async function perform(request: HostRequest): ReturnType<Session['run']> {
  switch (request.type) {
    case 'configure':
      pool = new SessionPool(request.budget)
      return {}
    case 'load': {
      const { key, model, options, bytes } = request
      const outputs = new Map(model.outputs.map((value) => [value.name, value]))
      await pool.use(key, bytes, () => Session.create({ ...model, outputs }, options))
      return {}
    }
    case 'run': {
      const { key, feeds, outputs } = request
      const session = await pool.use(key, 0, () =>
        Promise.reject(new RuntimeError('disposed', 'The model is not loaded')),
      )
      return session.run(feeds, outputs ? { outputs } : {})
    }
    case 'release':
      await pool.release(request.key)
      return {}
  }
}

/** What only this process holds: mapped weights are shared with the file cache and do not count. */
function privateBytes(): number {
  try {
    const kilobytes = /RssAnon:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
    if (kilobytes !== undefined) return Number(kilobytes) * 1024
  } catch {
    // Only Linux tells the two apart.
  }
  return process.memoryUsage().rss
}
