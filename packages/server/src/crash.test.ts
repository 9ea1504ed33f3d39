import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { createClient } from '@patchbay/client'
import { openDatabase } from './storage/database.ts'
import { createEventLog } from './live/event-log.ts'
import { testNodes, waiting } from './testing/test-server.ts'

const main = fileURLToPath(new URL('./cli/main.ts', import.meta.url))
const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

/** `patchbay serve` in a process of its own, which can be killed. */
async function serve(directory: string): Promise<{ child: ChildProcess; url: string }> {
  const options = [
    'serve',
    '--port',
    '0',
    '--data-directory',
    directory,
    '--node-pack',
    testNodes,
    '--log-level',
    'error',
  ]
  const child = spawn(process.execPath, ['--conditions=patchbay-source', '--import', loader, main, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  for await (const chunk of child.stdout) {
    printed += String(chunk)
    const url = /ready at (\S+)/.exec(printed)?.[1]
    if (url !== undefined) return { child, url }
  }
  throw new Error(`The server did not start: ${printed}`)
}

/** Kills a runner of this server, whichever works. */
async function killRunner(url: string): Promise<void> {
  const { devices } = await createClient({ baseUrl: url }).queue.status()
  for (const { processId } of devices) if (processId !== undefined) process.kill(processId, 'SIGKILL')
}

test(
  'killed again and again under load, server and runner lose no job and end none twice',
  { timeout: 240_000 },
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'patchbay-crash-'))
    const submitted: string[] = []
    let { child, url } = await serve(directory)
    for (let round = 0; round < 2; round++) {
      const client = createClient({ baseUrl: url })
      for (let index = 0; index < 10; index++) {
        const key = `${round}-${index}`
        const request = { document: waiting(30, { salt: round * 100 + index }), onCrash: 'requeue' as const }
        const { jobs } = await client.jobs.submit(request, { idempotencyKey: key })
        submitted.push(jobs[0]!.id)
      }
      await sleep(100 + round * 130)
      await killRunner(url)
      await sleep(round * 90)
      child.kill('SIGKILL')
      await once(child, 'exit')
      const next = await serve(directory)
      child = next.child
      url = next.url
      // A client that did not hear the answer asks again with the same key, and gets the same job.
      const repeated = await createClient({ baseUrl: url }).jobs.submit(
        { document: waiting(30, { salt: round * 100 + 9 }), onCrash: 'requeue' },
        { idempotencyKey: `${round}-9` },
      )
      expect(repeated.jobs[0]?.id).toBe(submitted.at(-1))
    }
    const client = createClient({ baseUrl: url })
    const ended = await Promise.all(submitted.map((id) => client.jobs.wait(id)))
    expect(new Set(submitted).size).toBe(20)
    child.kill('SIGKILL')
    await once(child, 'exit')

    const database = openDatabase(join(directory, 'patchbay.sqlite'))
    const log = createEventLog(database)
    for (const { id, state, attempts } of ended) {
      const events = log.after(0, 10_000, [id]).map(({ event }) => event.type)
      const ends = events.filter((type) => ['job-succeeded', 'job-failed', 'job-cancelled'].includes(type))
      expect(ends).toHaveLength(1)
      // Only a job that met its limit of attempts may have failed, and every attempt is told.
      if (state !== 'succeeded') expect(attempts).toBe(3)
      expect(events.filter((type) => type === 'job-started')).toHaveLength(attempts)
    }
    expect(ended.filter(({ state }) => state === 'succeeded').length).toBeGreaterThan(17)
    database.close()
    await rm(directory, { recursive: true, force: true })
  },
)
