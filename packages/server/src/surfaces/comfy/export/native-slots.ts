import type { NodeLink, Workflow } from '@patchbay/engine/workflow'
import type { ComfyClass } from '../classes/comfy-class.ts'

/** The native node that keeps the id of a ComfyUI node, and which part of it a native node is. */
export function ownerOf(node: string, { nodes }: Pick<Workflow, 'nodes'>): readonly [owner: string, part: string] {
  const [owner = node, part = 'main'] = Object.hasOwn(nodes, node.split('~')[0] ?? '') ? node.split('~') : [node]
  return [owner, part]
}

/** `[id, slot]` of a native output; undefined where the class of its node has no output for it. */
export function slotOf(
  { node, output }: NodeLink,
  document: Pick<Workflow, 'nodes'>,
  classOfNode: ReadonlyMap<string, ComfyClass>,
): readonly [id: string, slot: number] | undefined {
  const [owner, part] = ownerOf(node, document)
  const slots = classOfNode.get(owner)?.slots ?? []
  const slot = slots.findIndex((native) => native?.[0] === part && native[1] === output)
  return slot >= 0 ? [owner, slot] : undefined
}
