import { createHash, randomUUID } from 'node:crypto'
import type { Workflow, WorkflowRecord, WorkflowSummary, WorkflowVersion } from '@patchbay/engine/workflow'
import { Failure, notFound } from '../failure.ts'
import type { Database, Row } from './database.ts'

export type WorkflowStore = ReturnType<typeof createWorkflowStore>

/** Saved workflows; each save adds a version, and none is ever overwritten. */
export function createWorkflowStore(
  database: Database,
  serialize: (document: Workflow) => string,
  now: () => number = Date.now,
) {
  const { all, get, run, transaction } = database
  const summaryRow = (id: string): Row => {
    const row = get('SELECT * FROM workflows WHERE id = ?', id)
    if (!row) throw notFound('workflow', id)
    return row
  }
  function recordOf(id: string, version?: number): WorkflowRecord {
    const summary = summaryOf(summaryRow(id))
    const wanted = version ?? summary.version
    const row = get('SELECT document FROM workflow_versions WHERE workflow = ? AND version = ?', id, wanted)
    if (!row) throw notFound('version', `${wanted} of workflow ${id}`)
    // Written below from a parsed document.
    return { ...summary, version: wanted, document: JSON.parse(String(row['document'])) as Workflow }
  }
  function addVersion(id: string, version: number, document: Workflow, message: string | undefined): void {
    const text = serialize(document)
    run(
      'INSERT INTO workflow_versions (workflow, version, created_at, message, hash, document) VALUES (?, ?, ?, ?, ?, ?)',
      id,
      version,
      now(),
      message ?? null,
      `sha256:${createHash('sha256').update(text).digest('hex')}`,
      text,
    )
  }

  return {
    get: recordOf,
    list: (): WorkflowSummary[] => all('SELECT * FROM workflows ORDER BY updated_at DESC').map(summaryOf),
    create(document: Workflow, name?: string, message?: string): WorkflowRecord {
      const id = randomUUID()
      transaction(() => {
        run(
          'INSERT INTO workflows (id, name, description, tags, version, created_at, updated_at) VALUES (?, ?, ?, ?, 1, ?, ?)',
          id,
          name ?? document.name ?? 'Untitled',
          document.description ?? null,
          JSON.stringify(document.tags ?? []),
          now(),
          now(),
        )
        addVersion(id, 1, document, message)
      })
      return recordOf(id)
    },
    /** Adds a version. `conflict` when there is a newer one than `basedOn`. */
    save(
      id: string,
      document: Workflow,
      options: { name?: string; message?: string; basedOn?: number },
    ): WorkflowRecord {
      transaction(() => {
        const current = summaryOf(summaryRow(id))
        if (options.basedOn !== undefined && options.basedOn !== current.version) {
          throw new Failure(
            'conflict',
            `Workflow "${current.name}" is at version ${current.version}; the edit began at version ${options.basedOn}.`,
            { hint: 'Load the newest version, or save without basedOn to put this one on top.' },
          )
        }
        run(
          'UPDATE workflows SET name = ?, description = ?, tags = ?, version = ?, updated_at = ? WHERE id = ?',
          options.name ?? document.name ?? current.name,
          document.description ?? null,
          JSON.stringify(document.tags ?? []),
          current.version + 1,
          now(),
          id,
        )
        addVersion(id, current.version + 1, document, options.message)
      })
      return recordOf(id)
    },
    versions(id: string): WorkflowVersion[] {
      summaryRow(id)
      return all(
        'SELECT version, created_at, message, hash FROM workflow_versions WHERE workflow = ? ORDER BY version DESC',
        id,
      ).map((row) => ({
        version: Number(row['version']),
        createdAt: Number(row['created_at']),
        hash: String(row['hash']),
        ...(row['message'] === null ? {} : { message: String(row['message']) }),
      }))
    },
    remove(id: string): void {
      summaryRow(id)
      run('DELETE FROM workflows WHERE id = ?', id)
    },
  }
}

function summaryOf(row: Row): WorkflowSummary {
  const tags: string[] = JSON.parse(String(row['tags']))
  return {
    id: String(row['id']),
    name: String(row['name']),
    tags,
    version: Number(row['version']),
    createdAt: Number(row['created_at']),
    updatedAt: Number(row['updated_at']),
    ...(row['description'] === null ? {} : { description: String(row['description']) }),
  }
}
