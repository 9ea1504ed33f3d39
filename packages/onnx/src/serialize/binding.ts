import type { DType } from '../tensor/dtype.ts'
import type { AnyTensor } from '../tensor/tensor.ts'
import type { Value } from '../graph/graph.ts'

/**
 * Where a parameter's values come from. Stored values may have another dtype than the parameter: they are then cast
 * when the graph runs, and the cast comes first in the model, which keeps each cast weight alive only around its use.
 */
export type ParameterBinding =
  /** Fed at each run, as an input of that name: how parameters are trained. */
  | { readonly type: 'input' }
  /** Stored inside the model. */
  | { readonly type: 'tensor'; readonly tensor: AnyTensor }
  /** A range of a file, mapped and never copied. */
  | {
      readonly type: 'file'
      readonly dtype: DType
      readonly path: string
      readonly offset: number
      readonly length: number
    }
  /**
   * Computed from other parameters when the graph runs, such as `base + scale · up · down`. `value` belongs to a graph
   * of its own, whose parameters `bind` binds.
   */
  | { readonly type: 'computed'; readonly value: Value; readonly bind: BindParameter }

/** Decides where the values of a parameter come from; throws where it knows none. */
export type BindParameter = (parameter: Value) => ParameterBinding

/** Makes every parameter an input of the model. */
export const bindAsInput: BindParameter = () => ({ type: 'input' })
