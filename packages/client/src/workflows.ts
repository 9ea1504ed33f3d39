import type { WorkflowDiff } from '@patchbay/engine/workflow'
import type { Api } from './api.ts'
import type {
  SaveWorkflowRequest,
  SubmitRequest,
  SubmitResponse,
  WorkflowArguments,
  WorkflowList,
  WorkflowRecord,
  WorkflowVersions,
} from './generated/api.ts'
import type { Jobs, SubmitOptions } from './jobs.ts'

/** What a run of a saved workflow may be given beside its id. */
export type RunRequest = Omit<SubmitRequest, 'document' | 'workflow'>

/** Workflows that a server keeps, each with all its versions. */
export interface Workflows {
  /**
   * All of them, the last changed first.
   * @throws ApiError
   */
  list(): Promise<WorkflowList>
  /**
   * Saves a new one.
   * @throws ApiError `invalid-workflow` for a document that cannot be read.
   */
  create(request: SaveWorkflowRequest): Promise<WorkflowRecord>
  /**
   * The newest version, or the one asked for.
   * @throws ApiError `not-found`.
   */
  get(id: string, version?: number): Promise<WorkflowRecord>
  /**
   * Adds a version.
   * @throws ApiError `conflict` when the server has a newer one than `basedOn`.
   */
  save(id: string, request: SaveWorkflowRequest): Promise<WorkflowRecord>
  /**
   * Deletes a workflow with all its versions.
   * @throws ApiError `not-found`.
   */
  remove(id: string): Promise<void>
  /**
   * Its versions, newest first.
   * @throws ApiError `not-found`.
   */
  versions(id: string): Promise<WorkflowVersions>
  /**
   * What differs between two versions: nodes, values, links, and apart from them the layout.
   * @throws ApiError `not-found`.
   */
  diff(id: string, from: number, to: number): Promise<WorkflowDiff>
  /**
   * What `run` may be given: names, types, widgets, and what holds otherwise.
   * @throws ApiError `not-found`.
   */
  arguments(id: string, version?: number): Promise<WorkflowArguments>
  /**
   * Runs a saved workflow with values by parameter name.
   * @throws ApiError as `jobs.submit`.
   */
  run(id: string, request?: RunRequest, options?: SubmitOptions): Promise<SubmitResponse>
}

export function workflowsOf(api: Api, jobs: Jobs): Workflows {
  const path = (id: string) => ({ path: { id } })
  return {
    list: () => api.call('get', '/api/v1/workflows'),
    create: (json) => api.call('post', '/api/v1/workflows', { json }),
    get: (id, version) => api.call('get', '/api/v1/workflows/{id}', { ...path(id), query: { version } }),
    save: (id, json) => api.call('put', '/api/v1/workflows/{id}', { ...path(id), json }),
    remove: (id) => api.call('delete', '/api/v1/workflows/{id}', path(id)),
    versions: (id) => api.call('get', '/api/v1/workflows/{id}/versions', path(id)),
    diff: (id, from, to) => api.call('get', '/api/v1/workflows/{id}/diff', { ...path(id), query: { from, to } }),
    arguments: (id, version) =>
      api.call('get', '/api/v1/workflows/{id}/arguments', { ...path(id), query: { version } }),
    run: (id, request = {}, options = {}) => jobs.submit({ ...request, workflow: { id } }, options),
  }
}
