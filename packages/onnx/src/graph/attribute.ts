import type { AnyTensor } from '../tensor/tensor.ts'
import type { SubGraph } from './sub-graph.ts'

/** An attribute of a node, tagged, since JavaScript does not tell 1 from 1.0. */
export type Attribute =
  | { readonly type: 'int'; readonly value: number }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'tensor'; readonly value: AnyTensor }
  | { readonly type: 'graph'; readonly value: SubGraph }
  | { readonly type: 'ints'; readonly value: readonly number[] }
  | { readonly type: 'floats'; readonly value: readonly number[] }
  | { readonly type: 'strings'; readonly value: readonly string[] }

export type Attributes = Readonly<Record<string, Attribute>>

export const int = (value: number): Attribute => ({ type: 'int', value })
export const float = (value: number): Attribute => ({ type: 'float', value })
export const text = (value: string): Attribute => ({ type: 'string', value })
export const ints = (value: readonly number[]): Attribute => ({ type: 'ints', value })
export const flag = (value: boolean): Attribute => ({ type: 'int', value: value ? 1 : 0 })
