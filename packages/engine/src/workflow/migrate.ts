import type { Migration } from './migrations/migration.ts'
import type { Issue } from './issue.ts'
import type { JsonObject } from './json.ts'
import { migrations as documentMigrations } from './migrations/index.ts'
import { workflowVersion } from './workflow.ts'

export type Migrated =
  | { readonly ok: true; readonly document: JsonObject; readonly applied: readonly Migration[] }
  | { readonly ok: false; readonly issue: Issue }

/** Brings a document to the format that this code reads, step by step; the version is set here, not by the steps. */
export function migrate(
  document: JsonObject,
  migrations: readonly Migration[] = documentMigrations,
  target: number = workflowVersion,
): Migrated {
  const written = document['version']
  if (typeof written !== 'number' || !Number.isInteger(written) || written < 0) {
    return unsupported(`Expected "version" to be a whole number, but it is ${describe(written)}.`)
  }
  if (written > target) {
    return unsupported(
      `This document is in format ${written}; formats up to ${target} are read here. It was saved by a later Patchbay: update this one.`,
    )
  }
  const applied: Migration[] = []
  let current = document
  for (let version = written; version < target; version++) {
    const step = migrations.find((migration) => migration.from === version)
    if (!step) return unsupported(`There is no way from document format ${version} to ${version + 1}.`)
    current = { ...step.migrate(current), version: version + 1 }
    applied.push(step)
  }
  return { ok: true, document: current, applied }
}

function describe(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value)
}

function unsupported(message: string): Migrated {
  return { ok: false, issue: { code: 'unsupported-version', severity: 'error', path: 'version', message } }
}
