import { readFile } from 'node:fs/promises'
import type { Issue, Workflow } from '@patchbay/engine'
import { parseWorkflowText } from '@patchbay/engine'
import { WorkflowRefused } from './workflow-refused.ts'

export { WorkflowRefused }

/** Reads and parses a workflow file; `-` is standard input. Throws a `WorkflowRefused` with every issue. */
export async function openWorkflow(file: string): Promise<Workflow> {
  const parsed = parseWorkflowText(await textOf(file))
  if (parsed.ok) return parsed.workflow
  throw new WorkflowRefused(file, parsed.issues.map(lineOf))
}

/** An issue with its place in the document in front, unless the sentence begins with it. */
export function lineOf({ path, message, severity }: Issue): string {
  const placed = path === '' || message.startsWith(path) ? message : `${path}: ${message}`
  return severity === 'warning' ? `warning: ${placed}` : placed
}

function unreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'There is no such file; "-" reads standard input.'
  if (code === 'EISDIR') return 'That is a folder; name a workflow file in it.'
  if (code === 'EACCES') return 'Its permissions do not let it be read.'
  return error instanceof Error ? error.message : String(error)
}

async function textOf(file: string): Promise<string> {
  if (file !== '-') {
    return readFile(file, 'utf8').catch((error: unknown) => {
      throw new WorkflowRefused(file, [unreadable(error)])
    })
  }
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks).toString('utf8')
}
