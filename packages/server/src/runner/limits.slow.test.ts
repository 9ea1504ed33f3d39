import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { defaultRunnerLimits } from '../config.ts'
import { crashing, startTestServer, testNodes, waiting, workflowOf } from '../testing/test-server.ts'

const processOf = async (server: Awaited<ReturnType<typeof startTestServer>>) => {
  await expect
    .poll(async () => (await server.client.queue.status()).devices[0]?.state, { timeout: 60_000 })
    .toBe('idle')
  return (await server.client.queue.status()).devices[0]
}

test(
  'a run that hangs fails alone, with its node and what may help, and the next one runs',
  { timeout: 90_000 },
  async () => {
    const server = await startTestServer({ runnerLimits: { ...defaultRunnerLimits, stallMs: 700 } })
    const { jobs } = await server.client.jobs.submit({ document: crashing('hang') })
    const next = await server.client.jobs.submit({ document: waiting(1) })
    const hung = await server.client.jobs.wait(jobs[0]!.id)
    expect(hung).toMatchObject({ state: 'failed', error: { code: 'runner-stalled', node: 'crash' } })
    expect(hung.error?.message).toContain('--stall-timeout')
    expect((await server.client.jobs.wait(next.jobs[0]!.id)).state).toBe('succeeded')
    await server.close()
  },
)

test(
  'a runner past its memory or its age is replaced between jobs, and no job notices',
  { timeout: 90_000 },
  async () => {
    for (const worn of [{ recycleBytes: 1 }, { recycleMs: 0 }]) {
      const server = await startTestServer({ runnerLimits: { ...defaultRunnerLimits, ...worn } })
      const first = await processOf(server)
      for (let job = 0; job < 2; job++) {
        const { jobs } = await server.client.jobs.submit({ document: waiting(1, { salt: job }) })
        expect(await server.client.jobs.wait(jobs[0]!.id)).toMatchObject({ state: 'succeeded', attempts: 1 })
      }
      const last = await processOf(server)
      expect(last?.processId).not.toBe(first?.processId)
      expect(last?.restarts).toBe(2)
      await server.close()
    }
  },
)

test('a check that never ends is given up by itself, and the others are answered', { timeout: 90_000 }, async () => {
  const pack = mkdtempSync(join(tmpdir(), 'patchbay-endless-'))
  const endless = `{ type: 'Endless', version: 1, description: 'Never checks.', inputs: {}, outputs: {}, sideEffect: true,
    validate() { for (;;); }, run: () => ({}) }`
  writeFileSync(join(pack, 'index.mjs'), `export const nodes = [${endless}]`)
  const limits = { ...defaultRunnerLimits, checkMs: 1_500 }
  const server = await startTestServer({ nodePacks: [pack, testNodes], runnerLimits: limits })
  await server.client.manifest()
  const bad = workflowOf({ end: { type: 'Endless', version: 1, values: {}, links: {} } })
  const asked = [server.client.validate(bad), ...[1, 2, 3].map((ms) => server.client.validate(waiting(ms)))]
  const answers = await Promise.allSettled(asked)
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled', 'fulfilled'])
  expect(String((answers[0] as PromiseRejectedResult).reason)).toContain('took longer than 1.5 s')
  await server.close()
})
