import { weightByteLength, type Weight } from '@patchbay/onnx'
import { viewOf } from '../weight-view.ts'
import type { LoraChange, Magnitude, MatrixProduct, Product, ScaledChange } from './lora-change.ts'
import type { RowRange } from './lora-targets.ts'

/**
 * The part of a change that is for some rows of what it changes: files of Flux, SD 3 and Z-Image change queries, keys
 * and values in one. Factors are cut by range, nothing is copied. Undefined where the rows hang together, as those that
 * are rotated or brought to norms over all of them. A change of another size stays whole, and is told not to fit where
 * it is applied.
 */
export function changeInRows(change: ScaledChange, rows: RowRange): ScaledChange | undefined {
  const { scale, magnitude } = change
  if (magnitude?.side === 'input') return undefined
  const own = cut(change, rows)
  const norms: Magnitude | undefined = magnitude && { ...magnitude, norms: rowsOf(magnitude.norms, rows) }
  return own && { ...own, scale, ...(norms && { magnitude: norms }) }
}

function cut(change: LoraChange, rows: RowRange): LoraChange | undefined {
  switch (change.form) {
    case 'low-rank':
      return { ...change, up: rowsOf(change.up, rows) }
    case 'hadamard': {
      const [first, second] = change.products.map((product) => productIn(product, rows))
      return first && second && { ...change, products: [first, second] }
    }
    case 'kronecker':
      return { ...change, rows }
    case 'difference':
      return { ...change, difference: rowsOf(change.difference, rows) }
    case 'replacement':
      return { ...change, replacement: rowsOf(change.replacement, rows) }
    case 'channels':
      return change.side === 'input' ? change : { ...change, factors: rowsOf(change.factors, rows) }
    case 'generalised':
      return { ...change, added: matrixIn(change.added, rows) }
    case 'rotation':
    case 'butterfly':
      return undefined
    default:
      return change satisfies never
  }
}

const matrixIn = ({ up, down }: MatrixProduct, rows: RowRange): MatrixProduct => ({ up: rowsOf(up, rows), down })

/** Tucker's form has the outputs in columns, which are no stretch of its bytes. */
const productIn = (product: Product, rows: RowRange): Product | undefined =>
  'up' in product ? matrixIn(product, rows) : undefined

function rowsOf(weight: Weight, { begin, count, whole }: RowRange): Weight {
  const [all = 0, ...rest] = weight.shape
  if (all !== whole) return weight
  const each = weightByteLength(weight) / all
  return viewOf(weight, { shape: [count, ...rest], range: { begin: begin * each, length: count * each } })
}
