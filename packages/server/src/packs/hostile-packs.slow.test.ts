import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { defaultRunnerLimits } from '../config.ts'
import { startTestServer, testNodes, waiting } from '../testing/test-server.ts'
import { loadNodePacks } from './node-packs.ts'

/** A pack of one module with this text. */
function packOf(name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), `patchbay-${name}-`))
  writeFileSync(join(folder, 'index.mjs'), text)
  return folder
}
const nothing = 'export const nodes = []'

/** Each kind of pack that would keep a runner from starting, and what is said of it. */
const hostile: readonly (readonly [name: string, text: string, reason: string])[] = [
  ['exits', `process.exit(3); ${nothing}`, 'it called process.exit(3)'],
  ['aborts', `process.abort(); ${nothing}`, 'its process ended while it was loaded'],
  ['loops', `for (;;); ${nothing}`, 'it was not loaded within 5 s'],
  ['never-returns', `await new Promise(() => setInterval(() => {}, 1e6)); ${nothing}`, 'it was not loaded within 5 s'],
  [
    'throws-later',
    `setTimeout(() => { throw new Error('far away') }, 300); ${nothing}`,
    'it threw where nothing could catch it: far away',
  ],
  ['rejects', `void Promise.reject(new Error('alone')); ${nothing}`, 'it threw where nothing could catch it: alone'],
  [
    'exits-later',
    `setTimeout(() => process.exit(4), 300); ${nothing}`,
    'it threw where nothing could catch it: it called process.exit(4)',
  ],
]

test(
  'packs that end or hold up the runner while they load are named and left out, and jobs run with the others',
  { timeout: 180_000 },
  async () => {
    const packs = hostile.map(([name, text]) => packOf(name, text))
    const server = await startTestServer({
      nodePacks: [...packs, testNodes],
      runnerLimits: { ...defaultRunnerLimits, packMs: 5_000 },
    })
    const named = async () => (await server.client.system()).nodePacks.map(({ name, error }) => ({ name, error }))
    const expected = hostile.map(([, , reason], index) => ({
      name: basename(packs[index]!),
      error: expect.stringContaining(reason) as string,
    }))
    await expect
      .poll(named, { timeout: 120_000, interval: 500 })
      .toEqual([...expected, { name: 'patchbay-test-nodes', error: undefined }])
    const { jobs } = await server.client.jobs.submit({ document: waiting(0) })
    expect(await server.client.jobs.wait(jobs[0]!.id)).toMatchObject({ state: 'succeeded' })
    await server.close()
  },
)

test('a command that loads packs by itself is not ended by one either', async () => {
  const { packs } = await loadNodePacks([packOf('exits', `process.exit(3); ${nothing}`)], [], {
    checkAdapter: () => [],
  })
  expect(packs).toMatchObject([{ error: 'it called process.exit(3)' }])
})

test('a pack whose process was killed once, from outside, is tried again', async () => {
  const marker = join(mkdtempSync(join(tmpdir(), 'patchbay-once-')), 'done')
  const once = `import { appendFileSync, readFileSync } from 'node:fs'
appendFileSync(${JSON.stringify(marker)}, 'x')
if (readFileSync(${JSON.stringify(marker)}, 'utf8').length === 1) process.kill(process.pid, 'SIGKILL')
await new Promise((resolve) => setTimeout(resolve, 50))
${nothing}`
  const server = await startTestServer({ nodePacks: [packOf('once', once), testNodes] })
  await server.client.manifest()
  expect((await server.client.system()).nodePacks.map(({ error }) => error)).toEqual([undefined, undefined])
  await server.close()
})
