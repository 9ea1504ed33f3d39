import { Graph, type GraphNode, type Value, showValue } from './graph.ts'
import { GraphError } from './graph-error.ts'
/**
 * What takes the place of a node in the copy, as values of the copy, one for each output; undefined copies it as it is.
 * `copyOf` gives a value of the graph in the copy, and makes it there where it is a parameter or constant.
 */
export type ReplaceNode = (
  node: GraphNode,
  copyOf: (value: Value) => Value,
  copy: Graph,
) => readonly Value[] | undefined

/** A copy of a graph in which some nodes are replaced. Inputs, parameters and outputs keep their names. */
export function rewriteGraph(graph: Graph, replace: ReplaceNode): Graph {
  const copy = new Graph({ opset: graph.opset })
  const copies = new Map<Value, Value>()
  for (const input of graph.inputs) copies.set(input, copy.input(input.name, input.dtype, input.shape))
  const copyOf = (value: Value): Value => {
    const known = copies.get(value)
    if (known) return known
    const leaf = copyLeaf(graph, value, copy)
    copies.set(value, leaf)
    return leaf
  }
  for (const node of graph.nodes) {
    // What stands before the operator in a node's name is the place it was made at.
    const place = node.name.split('/').slice(0, -1).join('/')
    const make = (): readonly Value[] => replace(node, copyOf, copy) ?? copyNode(node, copyOf, copy)
    const made = place === '' ? make() : copy.scope(place, make)
    for (const [index, output] of node.outputs.entries()) {
      const value = made[index]
      if (!value)
        throw new GraphError(`${node.name} gives ${node.outputs.length} values, but what replaces it ${made.length}`)
      copies.set(output, value)
    }
  }
  for (const [name, value] of graph.outputs) copy.output(name, copyOf(value))
  return copy
}

function copyNode(node: GraphNode, copyOf: (value: Value) => Value, copy: Graph): readonly Value[] {
  const { opType, domain, attributes, outputs } = node
  return copy.add({ opType, domain, attributes, outputs, inputs: node.inputs.map((input) => input && copyOf(input)) })
}

function copyLeaf(graph: Graph, value: Value, copy: Graph): Value {
  if (graph.isParameter(value)) return copy.parameter(value.name, value.dtype, value.shape.map(Number))
  const tensor = graph.constantOf(value)
  if (tensor) return copy.constant(tensor, value.name.replace(/_\d+$/, ''))
  throw new GraphError(`${showValue(value)} is neither computed nor an input, a parameter or a constant of its graph`)
}
