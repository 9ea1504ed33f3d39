import { randomUUID } from 'node:crypto'
import type { Issue, Workflow } from '@patchbay/engine/workflow'
import type { SubmitRequest, SubmitResponse, WorkflowRecord } from '../api/api-types.ts'
import { parseWorkflow } from '@patchbay/engine'
import type { Supervisor } from '../runner/supervisor.ts'
import type { WorkflowStore } from '../store/workflow-store.ts'
import type { TraceContext } from '../telemetry/trace-context.ts'
import { expandBatch, withValues } from './batch.ts'
import { Failure, notFound } from '../failure.ts'
import type { JobOrigin } from '../store/stored-job.ts'
import type { Queue, QueueDraft } from './queue.ts'

export interface SubmissionContext {
  readonly owner: string
  readonly idempotencyKey?: string
  readonly origin?: JobOrigin
  readonly trace?: TraceContext
  /** A job id that the asker chose. */
  readonly id?: string
}
/** The document of a request is untrusted still. */
export type Submit = (request: SubmitRequest, context: SubmissionContext) => Promise<SubmitResponse>

/**
 * How every surface brings jobs in: the document parsed, values filled in, everything checked, and only then queued.
 */
export function createSubmit(dependencies: {
  readonly queue: Pick<Queue, 'submit'>
  readonly supervisor: Pick<Supervisor, 'validate'>
  readonly workflows: Pick<WorkflowStore, 'get'>
}): Submit {
  const { queue, supervisor, workflows } = dependencies
  return async (request, context) => {
    const { workflow } = request
    const saved = workflow && (await savedWorkflow(workflows, workflow.id, workflow.version))
    if ((saved === undefined) === (request.document === undefined)) {
      throw new Failure('invalid-request', 'Give either a document, or the id of a saved workflow.')
    }
    const parsed = saved?.document ?? documentOf(request.document)
    const { onFailure } = request
    const filled = {
      ...withValues(parsed, Object.entries(request.parameters ?? {})),
      ...(onFailure ? { onFailure } : {}),
    }
    const documents = request.batch ? expandBatch(filled, request.batch) : [filled]
    const warnings = await check(documents, request, supervisor)
    const batch = request.batch ? randomUUID() : undefined
    const drafts = documents.map((document, index): QueueDraft => ({
      document,
      owner: context.owner,
      priority: request.priority ?? 0,
      ...(context.id === undefined ? {} : { id: context.id }),
      ...(request.front ? { front: true } : {}),
      ...(request.targets ? { targets: request.targets } : {}),
      ...(request.name === undefined ? {} : { name: request.name }),
      ...(saved ? { workflow: { id: saved.id, version: saved.version } } : {}),
      ...(batch === undefined ? {} : { batch: { id: batch, index, count: documents.length } }),
      ...(request.onCrash ? { onCrash: request.onCrash } : {}),
      ...(request.webhook ? { webhook: request.webhook } : {}),
      ...(context.origin ? { origin: context.origin } : {}),
      ...(context.trace ? { trace: context.trace } : {}),
    }))
    const {
      jobs,
      batch: batchId,
      repeated,
    } = await queue.submit({
      owner: context.owner,
      drafts,
      ...(context.idempotencyKey === undefined
        ? {}
        : { idempotency: { key: context.idempotencyKey, request: JSON.stringify(request) } }),
      ...(batch === undefined ? {} : { batch }),
    })
    return {
      jobs,
      warnings,
      ...(batchId === undefined ? {} : { batch: batchId }),
      ...(repeated ? { repeated } : {}),
    }
  }
}

/** A saved workflow, of its newest version or the one asked for; throws `not-found`. */
export async function savedWorkflow(
  workflows: Pick<WorkflowStore, 'get'>,
  id: string,
  version?: number,
): Promise<WorkflowRecord> {
  const record = await workflows.get(id, version)
  if (record) return record
  const isThere = version !== undefined && (await workflows.get(id)) !== undefined
  throw isThere ? notFound('version', `${version} of workflow ${id}`) : notFound('workflow', id)
}

/** A document from untrusted JSON; throws with every issue. */
export function documentOf(json: unknown): Workflow {
  const parsed = parseWorkflow(json)
  if (parsed.ok) return parsed.workflow
  throw invalidWorkflow(parsed.issues)
}

/** Documents that are checked at once, so that checks of other requests come in between. */
const checkedAtOnce = 32

/**
 * Refuses if any document has an error; gives the warnings otherwise. Repeats of one document are checked once, and
 * nothing more is checked after the first that is refused.
 */
async function check(
  documents: readonly Workflow[],
  request: Pick<SubmitRequest, 'targets'>,
  supervisor: Pick<Supervisor, 'validate'>,
): Promise<Issue[]> {
  const different = [...new Set(documents)]
  const warnings: Issue[] = []
  for (let at = 0; at < different.length; at += checkedAtOnce) {
    const slice = different.slice(at, at + checkedAtOnce)
    const found = await Promise.all(slice.map((document) => supervisor.validate(document, request.targets)))
    const issues = found.flatMap((one) => one.issues)
    const errors = issues.filter(({ severity }) => severity === 'error')
    if (errors.length > 0) throw invalidWorkflow(errors)
    warnings.push(...issues)
  }
  return warnings
}

export function invalidWorkflow(issues: readonly Issue[]): Failure {
  const [first] = issues
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''
  return new Failure('invalid-workflow', `The workflow cannot run: ${first?.message ?? 'it has no nodes.'}${more}`, {
    hint: 'Each issue names its node and input.',
    issues: issues.slice(0, 500),
  })
}
