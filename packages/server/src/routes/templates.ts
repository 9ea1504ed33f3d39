import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseWorkflowText } from '@patchbay/engine'
import type { WorkflowTemplate } from '@patchbay/engine/workflow'
import type { Route } from './route.ts'
import { route } from './route.ts'

/** The workflows that ship, beside the packages. */
const shipped = fileURLToPath(new URL('../../../../workflows', import.meta.url))

/** The shipped workflows, the one to start with first. A file that cannot be read is left out: its own tests tell. */
export async function readTemplates(directory: string = shipped): Promise<WorkflowTemplate[]> {
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

export function templateRoutes(): Route[] {
  return [
    route({
      method: 'get',
      path: '/templates',
      tag: 'workflows',
      summary: 'The workflows that ship, the one to start with first.',
      answer: 'TemplateList',
      run: async () => ({ templates: await readTemplates() }),
    }),
  ]
}
