import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseWorkflowText } from '@patchbay/engine'
import { serializeWorkflow } from '@patchbay/engine/workflow'
import type { Workflow } from '@patchbay/engine/workflow'
import type { Logger } from 'pino'
import type { WorkflowStore } from './workflow-store.ts'

/** What the editor offers to begin with. */
export const templateTag = 'template'

/**
 * Keeps the workflow documents of a folder among the saved ones, each under an id that follows from its file name. One that has
 * changed since gets a version more, so that links to it keep working; a file that is no workflow is named and left out.
 */
export function keepTemplates(folder: string, workflows: WorkflowStore, log: Logger): void {
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()) {
    const document = readTemplate(join(folder, file), log)
    if (!document) continue
    const id = `template-${file.slice(0, -'.json'.length)}`
    const tagged = { ...document, tags: [...new Set([...(document.tags ?? []), templateTag])] }
    if (!workflows.has(id)) workflows.create(tagged, undefined, 'Came with Patchbay', id)
    else if (serializeWorkflow(workflows.get(id).document) !== serializeWorkflow(tagged)) {
      workflows.save(id, tagged, { message: 'Came with a newer Patchbay' })
    }
  }
}

function readTemplate(path: string, log: Logger): Workflow | undefined {
  const parsed = parseWorkflowText(readFileSync(path, 'utf8'))
  if (parsed.ok) return parsed.workflow
  log.warn({ path, issues: parsed.issues.map(({ message }) => message) }, 'a template is no workflow, and is left out')
  return undefined
}
