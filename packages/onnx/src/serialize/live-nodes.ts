import type { GraphNode, Value } from '../graph/graph.ts'

/** What `outputs` are computed from: the nodes in the order they were made, and the values that no node computes. */
export function liveParts(outputs: Iterable<Value>): {
  readonly nodes: readonly GraphNode[]
  readonly leaves: ReadonlySet<Value>
} {
  const nodes = new Set<GraphNode>()
  const leaves = new Set<Value>()
  const open = [...outputs]
  for (let value = open.pop(); value; value = open.pop()) {
    const { producer } = value
    if (!producer) leaves.add(value)
    else if (!nodes.has(producer)) {
      nodes.add(producer)
      open.push(...producer.inputs.filter((input) => input !== undefined))
    }
  }
  const graphs = new Set([...nodes].flatMap(({ outputs: [first] }) => (first ? [first.graph] : [])))
  return { nodes: [...graphs].flatMap((graph) => graph.nodes.filter((node) => nodes.has(node))), leaves }
}
