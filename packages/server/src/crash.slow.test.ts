import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { createClient } from '@patchbay/client'
import { openStores } from './store/sqlite/open-stores.ts'
import { crashing, drawingThenWaiting, testNodes, waiting } from './testing/test-server.ts'

const main = fileURLToPath(new URL('./cli/main.ts', import.meta.url))
const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href

/** `patchbay serve` in a process of its own, which can be killed. */
async function serve(directory: string, ...more: readonly string[]): Promise<{ child: ChildProcess; url: string }> {
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
    ...more,
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

test('a job that runs again after the server was killed shows its pictures once', { timeout: 300_000 }, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'patchbay-crash-'))
  const first = await serve(directory)
  const before = createClient({ baseUrl: first.url })
  const { jobs } = await before.jobs.submit({ document: drawingThenWaiting(4_000) })
  const id = jobs[0]!.id
  await expect.poll(async () => (await before.jobs.get(id)).artifacts, { timeout: 120_000 }).toBe(1)
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')

  const second = await serve(directory)
  const after = createClient({ baseUrl: second.url })
  const { state, attempts, files } = await after.jobs.wait(id)
  expect([state, attempts]).toEqual(['succeeded', 2])
  expect(files.map(({ name }) => name)).toEqual(['picture_00001_.png'])
  expect((await after.files.list('output')).files.map(({ name }) => name)).toEqual(['picture_00001_.png'])
  second.child.kill('SIGKILL')
  await once(second.child, 'exit')
  await rm(directory, { recursive: true, force: true })
})

test(
  'a job that was cancelled stays so, though the server dies right after the answer',
  { timeout: 300_000 },
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'patchbay-crash-'))
    const first = await serve(directory)
    const before = createClient({ baseUrl: first.url })
    const { jobs } = await before.jobs.submit({ document: waiting(60_000, { stubborn: true }) })
    const id = jobs[0]!.id
    await expect.poll(async () => (await before.jobs.get(id)).state, { timeout: 120_000 }).toBe('running')
    await before.jobs.cancel(id)
    first.child.kill('SIGKILL')
    await once(first.child, 'exit')
    const { jobs: stored, close } = openStores(join(directory, 'patchbay.sqlite'))
    expect([(await stored.recover(3)).length, (await stored.job(id))?.state]).toEqual([0, 'cancelled'])
    await close()
    await rm(directory, { recursive: true, force: true })
  },
)

const isRunning = (id: number): boolean => {
  try {
    return process.kill(id, 0)
  } catch {
    return false
  }
}

test('a runner ends with its server, though a node in it computes without an end', { timeout: 120_000 }, async () => {
  const directory = await mkdtemp(join(tmpdir(), 'patchbay-crash-'))
  const { child, url } = await serve(directory)
  const client = createClient({ baseUrl: url })
  await client.jobs.submit({ document: crashing('hang') })
  const device = async () => (await client.queue.status()).devices[0]
  await expect.poll(async () => (await device())?.state, { timeout: 60_000 }).toBe('busy')
  const runner = (await device())?.processId ?? 0
  // The node computes already, and no turn of its event loop comes any more.
  await sleep(500)
  child.kill('SIGKILL')
  await once(child, 'exit')
  await expect.poll(() => isRunning(runner), { timeout: 10_000 }).toBe(false)
  await rm(directory, { recursive: true, force: true })
})

test(
  'a runner that sends what is no message is replaced, its job fails, and the server goes on',
  { timeout: 120_000 },
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'patchbay-crash-'))
    const { child, url } = await serve(directory, '--log-level', 'silent')
    const client = createClient({ baseUrl: url })
    const { jobs } = await client.jobs.submit({ document: crashing('garble'), onCrash: 'fail' })
    const { state, error } = await client.jobs.wait(jobs[0]!.id)
    expect([state, error?.message]).toEqual(['failed', expect.stringContaining('no message while node crash ran')])
    const next = await client.jobs.submit({ document: waiting(0) })
    expect((await client.jobs.wait(next.jobs[0]!.id)).state).toBe('succeeded')
    child.kill('SIGKILL')
    await once(child, 'exit')
    await rm(directory, { recursive: true, force: true })
  },
)

test.each(['SIGTERM', 'SIGHUP', 'SIGINT'] as const)(
  '%s stops a server in order: who waits is answered, and with --drain the job that runs ends first',
  { timeout: 120_000 },
  async (signal) => {
    const directory = await mkdtemp(join(tmpdir(), 'patchbay-crash-'))
    const { child, url } = await serve(directory, '--drain', '30')
    const client = createClient({ baseUrl: url })
    const asked = client.jobs.submit({ document: waiting(1_500) }, { waitMs: 60_000 })
    const later = client.jobs.submit({ document: waiting(60_000, { salt: 1 }) }, { waitMs: 60_000 })
    await expect.poll(async () => (await client.queue.status()).running, { timeout: 60_000 }).toBe(1)
    child.kill(signal)
    const [code] = (await once(child, 'exit')) as [number]
    expect([code, (await asked).jobs[0]?.state, (await later).jobs[0]?.state]).toEqual([0, 'succeeded', 'queued'])
    await rm(directory, { recursive: true, force: true })
  },
)

/** Kills a runner of this server, whichever works. */
async function killRunner(url: string): Promise<void> {
  const { devices } = await createClient({ baseUrl: url }).queue.status()
  for (const { processId } of devices) if (processId !== undefined) process.kill(processId, 'SIGKILL')
}

/** How often everything is killed; more where somebody looks for rare moments. */
const rounds = Number(process.env['PATCHBAY_CRASH_ROUNDS'] ?? 3)
const perRound = 8
const seed = Number(process.env['PATCHBAY_CRASH_SEED'] ?? Date.now() % 2 ** 31)

/** Numbers from 0 to 1 that a seed decides (mulberry32). */
function randomOf(from: number): () => number {
  let state = from
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

test(
  `killed at random moments under load (seed ${seed}), server and runner lose no job and end none twice`,
  { timeout: 60_000 + rounds * 60_000 },
  async () => {
    const random = randomOf(seed)
    const directory = await mkdtemp(join(tmpdir(), 'patchbay-crash-'))
    const submitted = new Map<string, string>()
    let { child, url } = await serve(directory)
    for (let round = 0; round < rounds; round++) {
      const client = createClient({ baseUrl: url })
      const submit = async (index: number, to = client) => {
        const salt = round * 100 + index
        const request = { document: waiting(30, { salt }), onCrash: 'requeue' as const }
        const { jobs } = await to.jobs.submit(request, { idempotencyKey: String(salt) })
        return { key: String(salt), id: jobs[0]!.id }
      }
      // The server dies while some submissions are on their way, so their askers hear nothing.
      const moments = Array.from({ length: perRound }, () => random() * 400)
      const asked = Promise.allSettled(moments.map((ms, index) => sleep(ms).then(() => submit(index))))
      const runnerDeaths = sleep(random() * 400).then(() => killRunner(url).catch(() => undefined))
      await sleep(random() * 500)
      child.kill('SIGKILL')
      await once(child, 'exit')
      await runnerDeaths
      for (const answer of await asked) {
        if (answer.status === 'fulfilled') submitted.set(answer.value.key, answer.value.id)
      }
      const next = await serve(directory)
      child = next.child
      url = next.url
      // A client that did not hear the answer asks again with the same key; one that did gets the same job.
      const again = createClient({ baseUrl: url })
      for (let index = 0; index < perRound; index++) {
        const { key, id } = await submit(index, again)
        expect(id).toBe(submitted.get(key) ?? id)
        submitted.set(key, id)
      }
    }
    const client = createClient({ baseUrl: url })
    const ended = await Promise.all([...submitted.values()].map((id) => client.jobs.wait(id)))
    child.kill('SIGKILL')
    await once(child, 'exit')

    const { jobs, events: log, close } = openStores(join(directory, 'patchbay.sqlite'))
    expect((await jobs.list({ limit: 0 })).total).toBe(rounds * perRound)
    for (const { id, state, attempts } of ended) {
      const events = (await log.after(0, 10_000, [id])).map(({ event }) => event.type)
      const ends = events.filter((type) => ['job-succeeded', 'job-failed', 'job-cancelled'].includes(type))
      expect(ends).toHaveLength(1)
      // Only a job that met its limit of attempts may have failed, and every attempt is told.
      if (state !== 'succeeded') expect(attempts).toBe(3)
      expect(events.filter((type) => type === 'job-started')).toHaveLength(attempts)
    }
    expect(ended.filter(({ state }) => state === 'succeeded').length).toBeGreaterThan(ended.length * 0.8)
    await close()
    await rm(directory, { recursive: true, force: true })
  },
)
