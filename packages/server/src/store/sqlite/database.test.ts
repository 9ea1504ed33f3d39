import { copyFile, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Libsql from 'libsql'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { JobDraft } from '../stored-job.ts'
import { startCheckpoints } from './checkpoints.ts'
import { migrations } from './migrations.ts'
import { openStores } from './open-stores.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-database-'))
  path = join(folder, 'patchbay.sqlite')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const draft = (id: string, size = 0): JobDraft => ({
  ...{ id, owner: 'ann', priority: 0 },
  document: { format: 'patchbay-workflow', version: 1, nodes: {}, description: 'x'.repeat(size) },
})
const submission = (id: string, size = 0) => ({ owner: 'ann', capacity: 1_000, drafts: [draft(id, size)] })

describe('the database', () => {
  test('lies whole in its file after an orderly stop, so that a copy of the file alone is a copy', async () => {
    const { jobs, close } = openStores(path)
    for (const id of ['a', 'b', 'c']) await jobs.submit(submission(id))
    await close()
    const copy = join(folder, 'copy.sqlite')
    await copyFile(path, copy)
    const copied = openStores(copy)
    expect((await copied.jobs.list({ limit: 10 })).total).toBe(3)
    await copied.close()
  })

  test('waits without blocking while another program holds it, and then keeps everything in order', async () => {
    const { jobs, events, close } = openStores(path)
    const other = new Libsql(path)
    other.exec('BEGIN IMMEDIATE')
    const kept = Promise.all(['a', 'b'].map((id) => jobs.submit(submission(id))))
    const turns = await turnsWithin(200)
    other.exec('COMMIT')
    expect((await kept).map(({ result }) => result)).toEqual(['queued', 'queued'])
    expect((await events.after(0, 10)).map(({ job }) => job)).toEqual(['a', 'b'])
    expect(turns).toBeGreaterThan(2)
    other.close()
    await close()
  })

  test('is refused with a time to come back when another program does not let go of it', async () => {
    const { jobs, close } = openStores(path, { patienceMs: 100 })
    const other = new Libsql(path)
    other.exec('BEGIN IMMEDIATE')
    await expect(jobs.submit(submission('a'))).rejects.toMatchObject({ code: 'unavailable', retryAfter: 5 })
    other.exec('COMMIT')
    other.close()
    expect(await jobs.submit(submission('a'))).toMatchObject({ result: 'queued' })
    await close()
  })

  test('that has no room left says so, keeps what it has, and goes on when there is room', async () => {
    await openStores(path).close()
    const sqlite = new Libsql(path)
    const { page_count: pages } = sqlite.prepare('PRAGMA page_count').get() as { page_count: number }
    sqlite.close()
    const { jobs, close } = openStores(path, { maxPages: pages + 8 })
    expect(await jobs.submit(submission('small'))).toMatchObject({ result: 'queued' })
    const answers = await Promise.allSettled([
      jobs.submit(submission('large', 1_000_000)),
      jobs.submit(submission('beside')),
    ])
    expect(answers[0]).toMatchObject({ status: 'rejected', reason: { code: 'storage-full', status: 507 } })
    expect((await jobs.list({ limit: 10 })).jobs.map(({ id }) => id)).not.toContain('large')
    expect(await jobs.cancel('small')).toMatchObject({ job: { state: 'cancelled' } })
    await close()
  })

  test('commits the commands of one turn together, and one that fails spoils no other', async () => {
    const { jobs, settings, close } = openStores(path)
    const circular: { self?: unknown } = {}
    circular.self = circular
    const answers = await Promise.allSettled([
      jobs.submit(submission('a')),
      settings.set({ kept: 1, broken: circular as never }),
      jobs.submit(submission('b')),
    ])
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect([(await jobs.list({ limit: 10 })).total, await settings.all()]).toEqual([2, {}])
    await close()
  })

  test('writes in proportion to what a run says, and not to its document', async () => {
    const writtenBy = async (count: number): Promise<number> => {
      const file = join(folder, `${count}.sqlite`)
      const { jobs, close } = openStores(file, {
        checkpoints: () => ({ wrote: () => undefined, close: () => undefined }),
      })
      await jobs.submit(submission('a', 500_000))
      const { fence } = (await jobs.claim('cpu')) ?? { fence: { job: '', claim: 0 } }
      const before = (await stat(`${file}-wal`)).size
      for (let at = 0; at < count; at += 20) {
        const events = Array.from(
          { length: 20 },
          (_, index) => ({ type: 'node-started', node: `n${at + index}` }) as const,
        )
        await jobs.record(fence, events)
      }
      const { size } = await stat(`${file}-wal`)
      await close()
      return size - before
    }
    const [few, many] = [await writtenBy(500), await writtenBy(4_000)]
    expect(many / few).toBeLessThan(9)
    expect(many).toBeLessThan(8_000_000)
  })

  test('takes its log into the file in another process while it is open', async () => {
    const { jobs, close } = openStores(path, { checkpoints: startCheckpoints })
    for (let round = 0; round < 5; round++) await jobs.submit(submission(`a${round}`, 8_000_000))
    await expect.poll(async () => (await stat(path)).size, { timeout: 20_000 }).toBeGreaterThan(16_000_000)
    await close()
  })

  test('that cannot be used is named, with a way out', async () => {
    const way = /patchbay\.sqlite cannot be used: .*Move it away to begin with an empty one/
    await writeFile(path, 'no database at all, but long enough to be taken for one'.repeat(100))
    expect(() => openStores(path)).toThrow(way)
    await rm(path)
    await mkdir(path)
    expect(() => openStores(path)).toThrow(/patchbay\.sqlite cannot be used: it is a folder\. Move it away/)
    await rm(path, { recursive: true })
    await writeFile(path, Buffer.alloc(8_192))
    expect(() => openStores(path)).toThrow(way)
  })

  test('of a newer Patchbay is left alone', async () => {
    await openStores(path).close()
    const sqlite = new Libsql(path)
    sqlite.exec(`PRAGMA user_version = ${migrations.length + 1}`)
    sqlite.close()
    expect(() => openStores(path)).toThrow(/written by a newer Patchbay/)
  })

  test('of an earlier Patchbay keeps its jobs, events and timelines, and numbers go on', async () => {
    writeOldDatabase(path)
    const { jobs, events, close } = openStores(path)
    expect(await jobs.counts()).toMatchObject({ queued: 1 })
    expect(await jobs.stored('old')).toMatchObject({ name: 'fox', document: { nodes: {} }, timeline: [{ node: 'a' }] })
    expect(await jobs.list({ surface: 'comfy', limit: 9 })).toMatchObject({ total: 1, jobs: [{ id: 'old' }] })
    await jobs.submit(submission('new'))
    expect((await events.after(0, 9)).map(({ seq, job }) => `${String(seq)} ${job}`)).toEqual([
      '1 old',
      '2 old',
      '8 new',
    ])
    await close()
  })

  test('takes up less with each node of a run than the document of its job', async () => {
    const { jobs, close } = openStores(path)
    await jobs.submit(submission('a', 200_000))
    const claim = await jobs.claim('cpu')
    if (!claim) throw new Error('nothing to claim')
    const before = await sizeOfLog(path)
    for (let node = 0; node < 100; node++) {
      await jobs.record(claim.fence, [{ type: 'node-finished', node: String(node), ms: 1 }])
    }
    expect((await sizeOfLog(path)) - before).toBeLessThan(100 * 40_000)
    await close()
  })
})

describe('a job whose texts are damaged', () => {
  test('fails by itself when its turn comes, and the next one starts', async () => {
    const { jobs, close } = openStores(path)
    await jobs.submit(submission('broken'))
    await jobs.submit(submission('sound'))
    const other = new Libsql(path)
    other.exec(`UPDATE job_documents SET document = '{' WHERE number = 1`)
    other.close()
    expect((await jobs.claim('cpu'))?.job.id).toBe('sound')
    expect(await jobs.job('broken')).toMatchObject({ state: 'failed', error: { code: 'unreadable-job' } })
    expect((await jobs.listStored({ limit: 9 })).jobs.map(({ id }) => id)).toEqual(['sound'])
    await close()
  })
})

async function turnsWithin(ms: number): Promise<number> {
  const end = performance.now() + ms
  let turns = 0
  while (performance.now() < end) {
    await sleep(5)
    turns++
  }
  return turns
}

const sizeOfLog = async (file: string): Promise<number> => (await stat(`${file}-wal`)).size

/** A database as the third version of the schema had it. */
function writeOldDatabase(file: string): void {
  const sqlite = new Libsql(file)
  for (const migration of migrations.slice(0, 3)) sqlite.exec(migration)
  sqlite.exec('PRAGMA user_version = 3')
  const document = '{"format":"patchbay-workflow","version":1,"nodes":{}}'
  const columns = 'id, state, name, owner, priority, rank, document, created_at, timeline, origin'
  const values = `'old', 'succeeded', 'fox', 'ann', 0, 1, '${document}', 5, '[{"node":"a","start":0,"end":1,"outcome":"finished"}]'`
  sqlite.exec(`INSERT INTO jobs (${columns}) VALUES (${values}, '{"surface":"comfy"}')`)
  sqlite.exec(`INSERT INTO jobs (${columns}) VALUES ('torn', 'queued', NULL, 'ann', 0, 2, '{', 6, NULL, '{')`)
  const event = '{"type":"job-succeeded"}'
  for (const job of ['old', 'old', 'x', 'x', 'x', 'x', 'x']) {
    sqlite.exec(`INSERT INTO events (job, at, event) VALUES ('${job}', 5, '${event}')`)
  }
  sqlite.exec(`DELETE FROM events WHERE job = 'x'`)
  sqlite.close()
}
