import { expect, test } from 'vitest'
import { migrate } from './migrate.ts'
import type { Migration } from './migrations/migration.ts'
import { migrations } from './migrations/index.ts'
import { workflowVersion } from './workflow.ts'

const steps: readonly Migration[] = [
  { from: 1, description: 'a becomes b', migrate: ({ a, ...rest }) => ({ ...rest, b: a ?? null }) },
  {
    from: 2,
    description: 'b is doubled',
    migrate: (document) => ({ ...document, b: [document['b'] ?? null, document['b'] ?? null] }),
  },
]

test('steps are taken in order, from the version that was written', () => {
  expect(migrate({ version: 1, a: 5 }, steps, 3)).toEqual({
    ok: true,
    document: { version: 3, b: [5, 5] },
    applied: steps,
  })
  expect(migrate({ version: 2, b: 5 }, steps, 3)).toMatchObject({ document: { version: 3, b: [5, 5] } })
})

test('the given document is left as it was', () => {
  const document = Object.freeze({ version: 1, a: 5 })
  migrate(document, steps, 3)
  expect(document).toEqual({ version: 1, a: 5 })
})

test('a document of the current format passes unchanged', () => {
  const document = { version: workflowVersion, nodes: {} }
  expect(migrate(document)).toEqual({ ok: true, document, applied: [] })
})

test('a later format is refused with what to do', () => {
  expect(migrate({ version: 9 })).toEqual({
    ok: false,
    issue: {
      code: 'unsupported-version',
      severity: 'error',
      path: 'version',
      message:
        'This document is in format 9; formats up to 1 are read here. It was saved by a later Patchbay: update this one.',
    },
  })
})

test.each([undefined, '1', 1.5, -1])('a version of %j is no version', (version) => {
  expect(migrate(version === undefined ? {} : { version }).ok).toBe(false)
})

test('a gap in the steps is told', () => {
  expect(migrate({ version: 1 }, steps.slice(1), 3)).toMatchObject({
    ok: false,
    issue: { message: 'There is no way from document format 1 to 2.' },
  })
})

test('every older format has its step', () => {
  for (let version = 1; version < workflowVersion; version++) {
    expect(migrations.map(({ from }) => from)).toContain(version)
  }
})
