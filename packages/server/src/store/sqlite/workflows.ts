import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { type Workflow, serializeWorkflow } from '@patchbay/engine/workflow'
import type { WorkflowRecord, WorkflowSummary } from '../../api/api-types.ts'
import type { WorkflowStore } from '../workflow-store.ts'
import type { Context } from './context.ts'
import { type Schema, query } from './schema.ts'
import type { Statements } from './statements.ts'

export function createWorkflows({
  statements,
  writer,
  now,
}: Pick<Context, 'statements' | 'writer' | 'now'>): WorkflowStore {
  const { summaries, summary, version, versions } = createReads(statements)
  const { insert, insertVersion, update, remove } = createChanges(statements)

  const summaryFor = (id: string): WorkflowSummary | undefined => {
    const row = summary({ id })
    return row && summaryOf(row)
  }
  function recordOf(id: string, wanted?: number): WorkflowRecord | undefined {
    const found = summaryFor(id)
    const number = wanted ?? found?.version ?? 0
    const row = found && version({ id, version: number })
    // Written below, from a parsed document.
    return row && { ...found, version: number, document: JSON.parse(row.document) as Workflow }
  }
  function addVersion(id: string, number: number, document: Workflow, message: string | undefined): WorkflowRecord {
    const text = serializeWorkflow(document)
    const hash = `sha256:${createHash('sha256').update(text).digest('hex')}`
    insertVersion({ id, version: number, at: now(), message: message ?? null, hash, document: text })
    const record = recordOf(id)
    if (!record) throw new Error(`Workflow ${id} was saved and is not there.`)
    return record
  }
  const described = ({ description, tags }: Workflow) => ({
    description: description ?? null,
    tags: JSON.stringify(tags ?? []),
  })

  return {
    get: async (id, wanted) => recordOf(id, wanted),
    list: async () => summaries({}).map(summaryOf),
    create: ({ id, document, name, message }) =>
      writer.write(() => {
        insert({ id, name: name ?? document.name ?? 'Untitled', ...described(document), at: now() })
        return addVersion(id, 1, document, message)
      }),
    save: (id, { document, name, message, basedOn }) =>
      writer.write(() => {
        const newest = summaryFor(id)
        if (!newest) return undefined
        if (basedOn !== undefined && basedOn !== newest.version) return { newest }
        const number = newest.version + 1
        const title = name ?? document.name ?? newest.name
        update({ id, name: title, ...described(document), version: number, at: now() })
        return addVersion(id, number, document, message)
      }),
    async versions(id) {
      if (!summary({ id })) return undefined
      return versions({ id }).map(({ message, ...row }) => ({ ...row, ...(message === null ? {} : { message }) }))
    },
    remove: (id) => writer.write(() => remove({ id }) > 0),
  }
}

function createReads(statements: Statements) {
  return {
    summaries: statements.all(() => query.selectFrom('workflows').selectAll().orderBy('updated_at', 'desc')),
    summary: statements.first((p: { id: string }) => query.selectFrom('workflows').selectAll().where('id', '=', p.id)),
    version: statements.first((p: { id: string; version: number }) =>
      query
        .selectFrom('workflow_versions')
        .select('document')
        .where('workflow', '=', p.id)
        .where('version', '=', p.version),
    ),
    versions: statements.all((p: { id: string }) =>
      query
        .selectFrom('workflow_versions')
        .select(['version', 'created_at as createdAt', 'message', 'hash'])
        .where('workflow', '=', p.id)
        .orderBy('version', 'desc'),
    ),
  }
}

type Description = { id: string; name: string; description: string | null; tags: string; at: number }

function createChanges(statements: Statements) {
  return {
    insert: statements.change((p: Description) =>
      query.insertInto('workflows').values({
        id: p.id,
        name: p.name,
        description: p.description,
        tags: p.tags,
        version: sql.lit(1),
        created_at: p.at,
        updated_at: p.at,
      }),
    ),
    update: statements.change((p: Description & { version: number }) =>
      query
        .updateTable('workflows')
        .set({ name: p.name, description: p.description, tags: p.tags, version: p.version, updated_at: p.at })
        .where('id', '=', p.id),
    ),
    insertVersion: statements.change(
      (p: { id: string; version: number; at: number; message: string | null; hash: string; document: string }) =>
        query.insertInto('workflow_versions').values({
          workflow: p.id,
          version: p.version,
          created_at: p.at,
          message: p.message,
          hash: p.hash,
          document: p.document,
        }),
    ),
    remove: statements.change((p: { id: string }) => query.deleteFrom('workflows').where('id', '=', p.id)),
  }
}

function summaryOf(row: Schema['workflows']): WorkflowSummary {
  const tags: string[] = JSON.parse(row.tags)
  const { id, name, description, version } = row
  return {
    id,
    name,
    tags,
    version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(description === null ? {} : { description }),
  }
}
