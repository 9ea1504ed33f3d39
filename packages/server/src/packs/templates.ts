import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseWorkflowText } from '@patchbay/engine'
import type { WorkflowTemplate } from '../api/api-types.ts'
import { shippedWorkflows } from '../installation.ts'

/**
 * The workflows in a folder, the one to start with first; none where there is no such folder. A file that cannot be
 * read is left out: its own tests tell.
 */
export async function readTemplates(directory: string): Promise<WorkflowTemplate[]> {
  const files = await readdir(directory).catch(() => [])
  const found = await Promise.all(
    files
      .filter((file) => file.endsWith('.json'))
      .sort()
      .map(async (file): Promise<WorkflowTemplate[]> => {
        const parsed = parseWorkflowText(await readFile(join(directory, file), 'utf8'))
        return parsed.ok ? [{ id: file.replace(/\.json$/, ''), document: parsed.workflow }] : []
      }),
  )
  const starts = ({ document }: WorkflowTemplate): number => Number(document.tags?.includes('start') ?? false)
  return found.flat().sort((a, b) => starts(b) - starts(a))
}

/** The workflows that ship, the one to start with first. */
export const shippedTemplates = (): Promise<WorkflowTemplate[]> => readTemplates(shippedWorkflows)
