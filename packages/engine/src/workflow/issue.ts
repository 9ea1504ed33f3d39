import type { NodeId } from './workflow.ts'

/**
 * Something wrong with a workflow, found before running. `path` is where in the document, e.g. `nodes.3.values.steps`.
 */
export interface Issue {
  readonly code: IssueCode
  /** One sentence: what, where, what was expected, how to fix it. */
  readonly message: string
  readonly path: string
  readonly node?: NodeId
  readonly input?: string
  /** A warning does not stop a run. */
  readonly severity: 'error' | 'warning'
  /** The nodes of a cycle, in order, the first again at the end. */
  readonly cycle?: readonly NodeId[]
}

export const issueCodes = [
  'not-json',
  'schema',
  'unsupported-version',
  'unknown-type',
  'unknown-version',
  'unknown-input',
  'missing-link',
  'link-to-missing-node',
  'link-to-missing-output',
  'type-mismatch',
  'too-many-links',
  'invalid-value',
  'cycle',
  'nothing-to-run',
  'unknown-target',
  'sub-workflow',
  'traits',
  'custom',
] as const
export type IssueCode = (typeof issueCodes)[number]
