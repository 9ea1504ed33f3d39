import Libsql from 'libsql'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type TestServer, drawing, startTestServer, waiting } from '../testing/test-server.ts'

let server: TestServer
afterEach(() => server.close())

/** Draws a picture of its own for each salt; gives the job's id and its file. */
async function drawn(salt: number): Promise<{ id: string; hash: string }> {
  const document = drawing({ prefix: `p${salt}`, width: 8 + salt })
  const { jobs } = await server.client.jobs.submit({ document }, { waitMs: 20_000 })
  const { id, files } = await server.client.jobs.wait(jobs[0]!.id)
  const { hash } = files[0]!
  return { id, hash }
}
const isKept = async ({ hash }: { hash: string }) => (await server.dependencies.artifacts.size(hash)) !== undefined
/** Changes what only time would change. */
function change(sql: string): void {
  const database = new Libsql(join(server.directory, 'patchbay.sqlite'))
  database.exec(sql)
  database.close()
}
const kept = async () => (await server.client.jobs.list()).jobs.map(({ id }) => id)

test('the newest jobs stay, the others go with the files that only they had, and the output folder is left alone', async () => {
  server = await startTestServer()
  const [first, second, third] = [await drawn(1), await drawn(2), await drawn(3)]
  const again = await drawn(1)
  expect(again.hash).toBe(first.hash)

  const request = { keepJobs: 2 }
  const foreseen = await server.client.jobs.prune({ ...request, dryRun: true })
  expect(foreseen).toMatchObject({ jobs: 2, files: 1 })
  expect(await kept()).toHaveLength(4)
  expect(await server.client.jobs.prune(request)).toEqual(foreseen)

  expect(await kept()).toEqual([again.id, third.id])
  expect(await Promise.all([first, second, third].map(isKept))).toEqual([true, false, true])
  await expect(server.client.artifacts.bytes(second.hash)).rejects.toMatchObject({ code: 'not-found' })
  expect((await server.client.files.list('output')).files).toHaveLength(4)
  expect(await server.client.jobs.prune(request)).toEqual({ jobs: 0, files: 0, bytes: 0 })
})

test('jobs go by the bytes of their files and by their age, newest first', async () => {
  server = await startTestServer()
  const [first, second] = [await drawn(1), await drawn(2)]
  const { bytes } = (await server.client.jobs.get(second.id)).files[0]!
  expect(await server.client.jobs.prune({ keepBytes: bytes })).toMatchObject({ jobs: 1, files: 1 })
  expect(await kept()).toEqual([second.id])
  expect(await isKept(first)).toBe(false)
  expect(await server.client.jobs.prune({ keepDays: 1 })).toMatchObject({ jobs: 0 })
  change('UPDATE jobs SET finished_at = finished_at - 2 * 86400000')
  expect(await server.client.jobs.prune({ keepDays: 1 })).toMatchObject({ jobs: 1, files: 1 })
})

test('what waits, runs, or has a webhook to call stays, and so does a file that a running job may just have kept', async () => {
  server = await startTestServer()
  const file = await drawn(1)
  const running = await server.client.jobs.submit({ document: waiting(60_000) })
  const queued = await server.client.jobs.submit({ document: waiting(1) })
  await expect.poll(async () => (await server.client.queue.status()).running, { timeout: 60_000 }).toBe(1)
  change(`INSERT INTO webhooks (job, attempt, due_at) VALUES ('${file.id}', 0, ${Date.now() + 1e5})`)
  expect(await server.client.jobs.prune({ keepJobs: 0 })).toEqual({ jobs: 0, files: 0, bytes: 0 })
  change('DELETE FROM webhooks')
  expect(await server.client.jobs.prune({ keepJobs: 0 })).toMatchObject({ jobs: 1, files: 0 })
  expect(await kept()).toEqual([queued.jobs[0]!.id, running.jobs[0]!.id])
  expect(await isKept(file)).toBe(true)
  await server.client.jobs.cancel(queued.jobs[0]!.id)
  await server.client.jobs.cancel(running.jobs[0]!.id)
  expect(await server.client.jobs.prune({ keepJobs: 0 })).toMatchObject({ jobs: 2, files: 1 })
  expect(await isKept(file)).toBe(false)
})

test('a server prunes by itself, as its settings say at that time, or as its flags do', async () => {
  server = await startTestServer({ pruneIntervalMs: 200 })
  await drawn(1)
  const last = await drawn(2)
  expect(await kept()).toHaveLength(2)
  await server.client.settings.set({ 'history.keepJobs': 1 })
  await expect.poll(kept, { timeout: 60_000 }).toEqual([last.id])
  await server.close()
  server = await startTestServer({ pruneIntervalMs: 200, keep: { keepJobs: 0 } })
  await server.client.jobs.submit({ document: drawing() })
  await expect.poll(kept, { timeout: 60_000 }).toEqual([])
})

test('a file that was pruned is made again where a surface wants side effects reused', async () => {
  server = await startTestServer()
  const { submit } = server.dependencies
  const run = async () => {
    const origin = { surface: 'test', reuseEffects: true }
    const { jobs } = await submit({ document: drawing() }, { owner: 'ann', origin })
    return server.client.jobs.wait(jobs[0]!.id)
  }
  const { hash } = (await run()).files[0]!
  expect((await run()).timeline.map(({ outcome }) => outcome)).toContain('reused')
  expect(await server.client.jobs.prune({ keepJobs: 0 })).toMatchObject({ jobs: 2, files: 1 })
  expect((await run()).files).toMatchObject([{ hash }])
  expect((await server.client.artifacts.bytes(hash)).length).toBeGreaterThan(0)
})
