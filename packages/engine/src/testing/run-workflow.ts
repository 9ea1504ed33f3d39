import type { ExecuteOptions } from '../running/run-options.ts'
import { execute } from '../running/execute.ts'
import type { Registry } from '../definition/registry.ts'
import { validateWorkflow } from '../planning/validate.ts'
import type { NodeId, Workflow } from '../workflow/index.ts'
import { type EventLog, eventLog } from './event-log.ts'

/** Validates and runs a workflow and reads its events; throws when it has issues. */
export async function runWorkflow(
  workflow: Workflow,
  registry: Registry,
  { targets, ...options }: ExecuteOptions & { readonly targets?: readonly NodeId[] } = {},
): Promise<EventLog> {
  const validated = await validateWorkflow(workflow, registry, {
    services: options.services,
    ...(targets && { targets }),
  })
  if (!validated.ok) throw new Error(validated.issues.map(({ message }) => message).join('\n'))
  return eventLog(execute(validated.plan, options))
}
