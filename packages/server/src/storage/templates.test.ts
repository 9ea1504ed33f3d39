import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serializeWorkflow } from '@patchbay/engine/workflow'
import pino from 'pino'
import { afterEach, expect, test } from 'vitest'
import { openDatabase } from './database.ts'
import { keepTemplates } from './templates.ts'
import { createWorkflowStore } from './workflow-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'patchbay-templates-'))
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const log = pino({ level: 'silent' })
const document = (name: string) => ({
  format: 'patchbay-workflow',
  version: 1,
  name,
  nodes: { a: { type: 'Number', version: 1, values: {}, links: {} } },
})
const write = (file: string, content: unknown) => writeFileSync(join(folder, file), JSON.stringify(content))

test('shipped workflows are kept as templates: once, with a version more when they change, and without what is none', () => {
  const database = openDatabase(join(folder, 'store.sqlite'))
  const workflows = createWorkflowStore(database, serializeWorkflow)
  write('first.json', document('First'))
  write('broken.json', { nodes: 7 })
  keepTemplates(folder, workflows, log)
  keepTemplates(folder, workflows, log)
  expect(workflows.list()).toMatchObject([{ id: 'template-first', name: 'First', tags: ['template'], version: 1 }])
  write('first.json', document('Renamed'))
  keepTemplates(folder, workflows, log)
  expect(workflows.get('template-first')).toMatchObject({ name: 'Renamed', version: 2 })
  expect(workflows.versions('template-first')).toHaveLength(2)
  database.close()
})
