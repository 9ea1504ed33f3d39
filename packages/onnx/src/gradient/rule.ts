import type { Attribute } from '../graph/attribute.ts'
import { GraphError } from '../graph/graph-error.ts'
import * as ops from '../graph/ops/index.ts'
import type { GraphNode, Value } from '../graph/graph.ts'
import type { Shape } from '../graph/shape.ts'

/**
 * The gradient rule of an operator: from the node and the gradients of its outputs (undefined where an output does not
 * matter) to those of its inputs (undefined where an input has none). What nobody needs is not written to the model, so
 * a rule gives all gradients it can.
 */
export type GradientRule = (call: NodeCall) => readonly (Value | undefined)[]

/** A node as its rule sees it. */
export interface NodeCall {
  readonly node: GraphNode
  /** The gradient of the first output. */
  readonly g: Value
  /** The gradients of all outputs. */
  readonly all: readonly (Value | undefined)[]
  /** The first output. */
  readonly y: Value
  /** Input `index`, which the operator requires. */
  readonly input: (index: number) => Value
}

/** `gradient` summed over the axes along which a value of this shape was repeated. */
export function unbroadcast(gradient: Value, shape: Shape): Value {
  const extra = gradient.shape.length - shape.length
  const axes = gradient.shape.flatMap((dim, axis) => {
    const own = axis < extra ? undefined : shape[axis - extra]
    return own === undefined || (own === 1 && dim !== 1) ? [axis] : []
  })
  const summed = ops.reduceSum(gradient, { axes })
  return extra === 0 ? summed : ops.reshape(summed, shape)
}

export function intAttribute(node: GraphNode, name: string, otherwise: number): number {
  const attribute = node.attributes[name]
  return attribute?.type === 'int' ? attribute.value : otherwise
}

export function floatAttribute(node: GraphNode, name: string, otherwise: number): number {
  const attribute = node.attributes[name]
  return attribute?.type === 'float' ? attribute.value : otherwise
}

export function intsAttribute(node: GraphNode, name: string): readonly number[] {
  const attribute: Attribute | undefined = node.attributes[name]
  return attribute?.type === 'ints' ? attribute.value : []
}

export function textAttribute(node: GraphNode, name: string, otherwise: string): string {
  const attribute = node.attributes[name]
  return attribute?.type === 'string' ? attribute.value : otherwise
}

/** The numbers of an integer constant input, such as axes; throws where they are known only at run time. */
export function constantInts(node: GraphNode, index: number): readonly number[] | undefined {
  const value = node.inputs[index]
  if (!value) return undefined
  const tensor = value.graph.constantOf(value)
  if (tensor) return Array.from(tensor.data, Number)
  throw new GraphError(`${node.name}: its gradient needs "${value.name}" while the graph is built`)
}
