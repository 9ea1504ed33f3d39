import { given, type Issue } from '../workflow/index.ts'
import type { CheckedNode } from './check-node.ts'

/** Finds a file of the host; throws a sentence that says what is missing, and what there is. */
export type FindFile = (file: { readonly folder: string; readonly name: string }) => unknown

/**
 * Files that values name and that the host does not have. A name that comes by a link is known only in the run. Where
 * no file is chosen the node itself says so, if it can say anything before the run.
 */
export async function checkFiles(nodes: readonly CheckedNode[], findFile: FindFile | undefined): Promise<Issue[]> {
  const issues: Issue[] = []
  if (!findFile) return issues
  for (const { flat, registered, values } of nodes) {
    const { definition } = registered
    const speaks = definition.traits !== undefined || definition.validate !== undefined
    for (const input of registered.fileInputs) {
      const declared = definition.inputs[input]
      const name = values[input]
      if (declared?.kind !== 'value' || declared.widget.type !== 'file' || typeof name !== 'string') continue
      if (name === '' && (speaks || declared.optional === true)) continue
      try {
        await findFile({ folder: declared.widget.folder, name })
      } catch (error) {
        const message = `${flat.instance.type} (node ${flat.id}): ${error instanceof Error ? error.message : String(error)}`
        const path = `${flat.path}.values.${input}`
        issues.push({ code: 'invalid-value', severity: 'error', message, path, ...given({ node: flat.id, input }) })
      }
    }
  }
  return issues
}
