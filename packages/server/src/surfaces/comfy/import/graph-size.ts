import type { JsonValue } from '@patchbay/engine/workflow'
import { Failure } from '../../../failure.ts'
import { isJsonObject } from '../../../is-json-object.ts'

/** As large as any of our own documents, and an end to what only looks like a workflow. */
const [mostNodes, mostLinks] = [100_000, 1_000_000]

/**
 * Throws `invalid-workflow` for a workflow of ComfyUI with more nodes or links than are read, those of its subgraphs
 * counted in. It counts only; nothing is built for a workflow that is refused.
 */
export function checkGraphSize(source: unknown): void {
  let [nodes, links] = [0, 0]
  const open: unknown[] = [source]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (!isJsonObject(next)) continue
    nodes += Array.isArray(next['nodes']) ? next['nodes'].length : 0
    links += Array.isArray(next['links']) ? next['links'].length : 0
    const { definitions } = next
    const subgraphs = isJsonObject(definitions) ? definitions['subgraphs'] : undefined
    if (isList(subgraphs)) for (const subgraph of subgraphs) open.push(subgraph)
  }
  // As it is posted, it is an object of its nodes.
  if (nodes === 0 && isJsonObject(source)) nodes = Object.keys(source).length
  if (nodes > mostNodes) throw tooMany('nodes', nodes, mostNodes)
  if (links > mostLinks) throw tooMany('links', links, mostLinks)
}

const isList = (value: JsonValue | undefined): value is readonly JsonValue[] => Array.isArray(value)
const tooMany = (what: string, count: number, most: number): Failure =>
  new Failure('invalid-workflow', `This workflow has ${count} ${what}; at most ${most} are read.`, {
    hint: 'Split it, or take out what it does not need.',
  })
