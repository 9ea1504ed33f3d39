import { create } from '@bufbuild/protobuf'
import { AttributeProto_AttributeType as Type, GraphProtoSchema, NodeProtoSchema, type GraphProto } from 'onnx-buf'

/**
 * A graph inside a node (a branch of If, the body of Loop), kept as it was read. It may use values of the graph around
 * it: these are the last inputs of its node, so that whatever copies or sorts nodes sees them.
 */
export interface SubGraph {
  readonly proto: GraphProto
  /** The names it has for values of the graph around it. */
  readonly captures: readonly string[]
}

/** The names that a graph uses and does not define, in the order they are used. */
export function capturesOf(proto: GraphProto): readonly string[] {
  const own = new Set([...proto.input, ...proto.initializer].map(({ name }) => name))
  for (const { output } of proto.node) for (const name of output) own.add(name)
  const used = proto.node.flatMap((node) => [
    ...node.input,
    ...node.attribute.flatMap(({ g }) => (g ? capturesOf(g) : [])),
  ])
  const names = [...used, ...proto.output.map(({ name }) => name)]
  return [...new Set(names)].filter((name) => name !== '' && !own.has(name))
}

/** The domains of operators in a graph, at any depth. */
export function domainsOf(proto: GraphProto): readonly string[] {
  return proto.node.flatMap(({ domain, attribute }) => [
    domain,
    ...attribute.flatMap(({ g }) => (g ? domainsOf(g) : [])),
  ])
}

/**
 * A copy whose captured names are those in `outer`; its own names begin with `prefix`, which keeps them apart from
 * others.
 */
export function renamedGraph(proto: GraphProto, outer: ReadonlyMap<string, string>, prefix: string): GraphProto {
  const nameOf = (name: string): string => (name === '' ? '' : (outer.get(name) ?? prefix + name))
  const named = <Named extends { readonly name: string }>(each: Named): Named => ({ ...each, name: nameOf(each.name) })
  return create(GraphProtoSchema, {
    name: prefix + proto.name,
    input: proto.input.map(named),
    output: proto.output.map(named),
    initializer: proto.initializer.map(named),
    node: proto.node.map((node) =>
      create(NodeProtoSchema, {
        ...node,
        name: prefix + node.name,
        input: node.input.map(nameOf),
        output: node.output.map(nameOf),
        attribute: node.attribute.map((attribute) =>
          attribute.type === Type.GRAPH && attribute.g
            ? { ...attribute, g: renamedGraph(attribute.g, outer, prefix) }
            : attribute,
        ),
      }),
    ),
  })
}
