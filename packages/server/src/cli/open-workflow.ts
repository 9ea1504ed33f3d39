import { readFile } from 'node:fs/promises'
import { type Issue, type Workflow, parseWorkflowText } from '@patchbay/engine'
import { workflowInPicture } from '../storage/picture-file.ts'
import { WorkflowRefused } from './workflow-refused.ts'
import { messageOf } from '../message-of.ts'

export { WorkflowRefused }

/**
 * Reads and parses a workflow file, or a picture that carries one; `-` is standard input. Throws a `WorkflowRefused`
 * with every issue.
 */
export async function openWorkflow(file: string): Promise<Workflow> {
  const text = await textOf(file)
  if (isNoText(text)) return workflowCarriedBy(file)
  const parsed = parseWorkflowText(text)
  if (parsed.ok) return parsed.workflow
  throw new WorkflowRefused(file, parsed.issues.map(lineOf))
}

/** An issue with its place in the document in front, unless the sentence begins with it. */
export function lineOf({ path, message, severity }: Issue): string {
  const placed = path === '' || message.startsWith(path) ? message : `${path}: ${message}`
  return severity === 'warning' ? `warning: ${placed}` : placed
}

/** JSON has no zero byte, and no replacement character for bytes that are not text. */
export const isNoText = (text: string): boolean => /[\0\ufffd]/.test(text.slice(0, 1_000))

async function workflowCarriedBy(file: string): Promise<Workflow> {
  const carried = file === '-' ? undefined : await workflowInPicture(file).catch(() => undefined)
  if (carried) return carried
  throw new WorkflowRefused(file, [
    "That is neither text nor a picture that carries a Patchbay workflow; `patchbay convert` reads pictures of ComfyUI's.",
  ])
}

/** Why a file cannot be read. */
export function unreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'There is no such file; "-" reads standard input.'
  if (code === 'EISDIR') return 'That is a folder; name a workflow file in it.'
  if (code === 'EACCES') return 'Its permissions do not let it be read.'
  return messageOf(error)
}

export async function textOf(file: string): Promise<string> {
  if (file !== '-') {
    return readFile(file, 'utf8').catch((error: unknown) => {
      throw new WorkflowRefused(file, [unreadable(error)])
    })
  }
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks).toString('utf8')
}
