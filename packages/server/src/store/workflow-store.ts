import type { Workflow } from '@patchbay/engine/workflow'
import type { WorkflowRecord, WorkflowSummary, WorkflowVersion } from '../api/api-types.ts'

/**
 * Saved workflows; each save adds a version, and none is ever overwritten. A workflow or version that is not there:
 * undefined.
 */
export interface WorkflowStore {
  /** Of a version, or of the newest. */
  get(id: string, version?: number): Promise<WorkflowRecord | undefined>
  /** Last changed first. */
  list(): Promise<WorkflowSummary[]>
  create(workflow: NewWorkflow): Promise<WorkflowRecord>
  /** Adds a version. Answers `{ newest }`, and saves nothing, when there is another newest version than `basedOn`. */
  save(id: string, change: WorkflowChange): Promise<WorkflowRecord | { readonly newest: WorkflowSummary } | undefined>
  /** Newest first. */
  versions(id: string): Promise<WorkflowVersion[] | undefined>
  /** False where there is none. */
  remove(id: string): Promise<boolean>
}
export interface NewWorkflow {
  readonly id: string
  readonly document: Workflow
  readonly name?: string
  readonly message?: string
}
export interface WorkflowChange extends Omit<NewWorkflow, 'id'> {
  readonly basedOn?: number
}
