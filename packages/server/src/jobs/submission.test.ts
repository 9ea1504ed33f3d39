import { expect, test } from 'vitest'
import type { Workflow } from '@patchbay/engine/workflow'
import { Failure } from '../failure.ts'
import { createSubmit } from './submission.ts'

const document: Workflow = {
  format: 'patchbay-workflow',
  version: 1,
  nodes: { a: { type: 'Sample', version: 1, values: { seed: 0 }, links: {} } },
}

/** A submission of a batch, with how many documents were checked, and at most at once. */
function submitting(isWrong: (workflow: Workflow) => boolean = () => false) {
  const checked = { count: 0, atOnce: 0, open: 0 }
  const submit = createSubmit({
    queue: { submit: async ({ drafts }) => ({ jobs: drafts.map(() => Object.create(null)), repeated: false }) },
    supervisor: {
      async validate(workflow) {
        checked.count++
        checked.atOnce = Math.max(checked.atOnce, ++checked.open)
        await new Promise((resolve) => setImmediate(resolve))
        checked.open--
        const wrong = {
          code: 'invalid-value',
          severity: 'error',
          path: 'nodes.a.values.seed',
          message: 'wrong seed',
        } as const
        return { issues: isWrong(workflow) ? [wrong] : [], estimates: [] }
      },
    },
    workflows: { get: () => Promise.reject(new Failure('not-found', 'none')) },
  })
  return { submit, checked }
}
const varied = { count: 1_000, vary: { node: 'a', input: 'seed' } }

test('a batch is checked in slices, so that checks of others come in between', async () => {
  const { submit, checked } = submitting()
  const { jobs } = await submit({ document, batch: varied }, { owner: 'ann' })
  expect([jobs.length, checked.count]).toEqual([1_000, 1_000])
  expect(checked.atOnce).toBeLessThan(100)
})

test('repeats of one document are checked once', async () => {
  const { submit, checked } = submitting()
  await submit({ document, batch: { count: 1_000 } }, { owner: 'ann' })
  expect(checked.count).toBe(1)
})

test('after a document that is refused no more are checked', async () => {
  const { submit, checked } = submitting(({ nodes }) => nodes['a']?.values['seed'] === 10)
  await expect(submit({ document, batch: varied }, { owner: 'ann' })).rejects.toMatchObject({
    code: 'invalid-workflow',
  })
  expect(checked.count).toBeLessThan(100)
})
