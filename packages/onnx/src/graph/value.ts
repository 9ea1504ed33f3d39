import type { DType } from '../tensor/dtype.ts'
import type { Attributes } from './attribute.ts'
import type { Graph } from './graph.ts'
import { showShape, type Shape } from './shape.ts'

/** A symbolic tensor: what an input, a parameter, a constant or an operator will hold when the graph runs. */
export interface Value {
  readonly graph: Graph
  readonly name: string
  readonly dtype: DType
  readonly shape: Shape
  /** The node that computes it; absent for inputs, parameters and constants. */
  readonly producer?: GraphNode
}

/** One operator in a graph. An `undefined` input is an optional one that is not given. */
export interface GraphNode {
  readonly name: string
  readonly opType: string
  /** Empty for the operators of ONNX itself. */
  readonly domain: string
  readonly inputs: readonly (Value | undefined)[]
  readonly outputs: readonly Value[]
  readonly attributes: Attributes
}

/** What an operator takes: a value, or a number that becomes a constant of the other operand's dtype. */
export type Operand = Value | number

/** `"conv_in.weight" float32 [320, 4, 3, 3]` */
export function showValue(value: Value): string {
  return `"${value.name}" ${value.dtype} ${showShape(value.shape)}`
}
