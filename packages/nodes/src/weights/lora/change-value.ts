import { ops, type Value, type Weight } from '@patchbay/onnx'
import type {
  ButterflyChange,
  ChannelChange,
  GeneralisedChange,
  KroneckerChange,
  LoraUpdate,
  Magnitude,
  Product,
  RotationChange,
} from './lora-change.ts'

/** A stored factor as a value of the graph. */
type FactorValue = (weight: Weight) => Value

/** The value of a weight after a change of this strength: W + strength · change, or DoRA's. */
export function changedValue(weight: Value, update: LoraUpdate, strength: number, factor: FactorValue): Value {
  const { magnitude, scale } = update
  if (!magnitude) return ops.add(weight, ops.mul(changeOf(weight, update, strength, factor), scale * strength))
  const sum = ops.add(weight, ops.mul(changeOf(weight, update, 1, factor), scale))
  const given = withNorms(sum, magnitude, factor)
  return strength === 1 ? given : ops.add(weight, ops.mul(ops.sub(given, weight), strength))
}

/** The change of a weight, not yet scaled, in its shape. */
function changeOf(weight: Value, update: LoraUpdate, strength: number, factor: FactorValue): Value {
  const shape = weight.shape.map(Number)
  const product = (one: Weight | Product): Value => productOf(one, factor)
  switch (update.form) {
    case 'low-rank': {
      const { up, down, mid } = update
      if (!mid) return ops.reshape(product({ up, down }), shape)
      const [out = 1, rank = 1] = up.shape
      const rows = ops.transpose(ops.reshape(factor(up), [out, rank]))
      const columns = ops.reshape(factor(down), [Number(down.shape[0]), -1])
      return ops.reshape(tucker(factor(mid), rows, columns), shape)
    }
    case 'hadamard':
      return ops.reshape(ops.mul(product(update.products[0]), product(update.products[1])), shape)
    case 'kronecker':
      return ops.reshape(kroneckerIn(update, product(update.factors[0]), product(update.factors[1]), shape), shape)
    case 'difference':
      return ops.reshape(factor(update.difference), shape)
    case 'replacement':
      return ops.sub(ops.reshape(factor(update.replacement), shape), weight)
    case 'rotation':
      return ops.sub(rotated(weight, update, factor), weight)
    case 'butterfly':
      // Each stage is led back to the identity, so that any strength gives a rotation: the strength is in it already.
      return ops.mul(ops.sub(throughStages(weight, update, strength, factor), weight), 1 / strength)
    case 'channels':
      return ops.mul(weight, channelFactors(update, shape, factor))
    case 'generalised':
      return generalised(weight, update, factor)
    default:
      return update satisfies never
  }
}

/** A product of factors as [out, in · pixels] or [out, in, pixels]; a whole factor as it is. */
function productOf(one: Weight | Product, factor: FactorValue): Value {
  if ('core' in one) return tucker(factor(one.core), factor(one.rows), factor(one.columns))
  if (!('up' in one)) return factor(one)
  const { up, down } = one
  const [out = 1, rank = 1] = up.shape
  return ops.matMul(ops.reshape(factor(up), [out, rank]), ops.reshape(factor(down), [Number(down.shape[0]), -1]))
}

/** Σ core[i, j, …pixels] · rows[i, out] · columns[j, in] as [out, in, pixels]. */
function tucker(core: Value, rows: Value, columns: Value): Value {
  const [i = 1, j = 1] = core.shape.map(Number)
  const out = Number(rows.shape[1])
  const kernels = ops.reshape(ops.matMul(ops.transpose(rows), ops.reshape(core, [i, -1])), [out, j, -1])
  // [out, pixels, j] · [j, in]
  return ops.transpose(ops.matMul(ops.transpose(kernels, [0, 2, 1]), columns), [0, 2, 1])
}

/** The product, or the rows of it that are meant. */
function kroneckerIn({ rows }: KroneckerChange, first: Value, second: Value, shape: readonly number[]): Value {
  if (!rows) return kronecker(first, second, shape)
  const whole = kronecker(first, second, [rows.whole, ...shape.slice(1)])
  return ops.slice(whole, 0, rows.begin, rows.begin + rows.count)
}

/**
 * The Kronecker product of [a, b] and [out / a, in / b · pixels] as [out, in · pixels]: element (i·o + k, j·n
 * + l) is first(i, j) times second(k, l).
 */
function kronecker(first: Value, second: Value, [out = 1, width = 1]: readonly number[]): Value {
  const [a, b] = first.shape.map(Number)
  if (!a || !b || out % a !== 0 || width % b !== 0) {
    throw new RangeError(`A LoKr factor [${first.shape.join(', ')}] does not divide a weight of ${out} × ${width}`)
  }
  const [rows, columns] = [out / a, width / b]
  const left = ops.reshape(first, [a, 1, b, 1])
  const right = ops.reshape(second, [1, rows, 1, -1])
  const pixels = second.shape.reduce<number>((count, size) => count * Number(size), 1) / (rows * columns)
  return ops.reshape(ops.mul(left, right), [out, width * pixels])
}

/** Rᵀ · W block by block, rescaled. */
function rotated(weight: Value, { rotations, rescale }: RotationChange, factor: FactorValue): Value {
  const shape = weight.shape.map(Number)
  const [blocks = 1, size = 1] = rotations.shape
  const turned = ops.matMul(ops.transpose(factor(rotations), [0, 2, 1]), ops.reshape(weight, [blocks, size, -1]))
  return rescaled(ops.reshape(turned, shape), rescale, factor)
}

/** LyCORIS' `boft`: in stage i, rows 2ⁱ · size / 2 apart are brought together, rotated, and put back. */
function throughStages(
  weight: Value,
  { rotations, rescale }: ButterflyChange,
  strength: number,
  factor: FactorValue,
): Value {
  const shape = weight.shape.map(Number)
  const [stages = 1, blocks = 1, size = 1] = rotations.shape
  const all = factor(rotations)
  const identity = ops.mul(unitMatrix(all, size), 1 - strength)
  let rows = ops.reshape(weight, [blocks * size, -1])
  for (let stage = 0; stage < stages; stage++) {
    const apart = 2 ** stage * (size / 2)
    const own = ops.reshape(ops.slice(all, 0, stage, stage + 1), [blocks, size, size])
    const turn = ops.add(ops.mul(own, strength), identity)
    const together = ops.transpose(ops.reshape(rows, [(blocks * size) / (2 * apart), 2, apart, -1]), [0, 2, 1, 3])
    const turned = ops.matMul(turn, ops.reshape(together, [blocks, size, -1]))
    const apartAgain = ops.reshape(turned, [(blocks * size) / (2 * apart), apart, 2, -1])
    rows = ops.reshape(ops.transpose(apartAgain, [0, 2, 1, 3]), [blocks * size, -1])
  }
  return rescaled(ops.reshape(rows, shape), rescale, factor)
}

/** [size, size], of the graph that a value is of. */
function unitMatrix(value: Value, size: number): Value {
  const ones = ops.full(value.graph, value.dtype, [size, size], 1)
  return ops.trilu(ops.trilu(ones), { upper: false })
}

function rescaled(weight: Value, rescale: Weight | undefined, factor: FactorValue): Value {
  return rescale ? ops.mul(weight, alongSide(factor(rescale), 'output', weight.shape.length)) : weight
}

/** What each element of W is multiplied by to give the change. */
function channelFactors(
  { factors, side, neutral }: ChannelChange,
  shape: readonly number[],
  factor: FactorValue,
): Value {
  const values = alongSide(factor(factors), side, shape.length)
  return neutral === 0 ? values : ops.sub(values, neutral)
}

/** W · input + added; kernels are taken pixel by pixel. */
function generalised(weight: Value, { input, added }: GeneralisedChange, factor: FactorValue): Value {
  const shape = weight.shape.map(Number)
  const [out = 1, width = 1] = shape
  // [out, pixels, in]
  const rows = ops.transpose(ops.reshape(weight, [out, width, -1]), [0, 2, 1])
  const flat = (one: Weight): Value => ops.reshape(factor(one), [Number(one.shape[0]), -1])
  const mixed = ops.matMul(ops.matMul(rows, flat(input.up)), flat(input.down))
  const own = ops.reshape(ops.transpose(mixed, [0, 2, 1]), shape)
  return ops.add(own, ops.reshape(productOf(added, factor), shape))
}

/**
 * The weight with these norms: Liu et al. (2024), eq. 5. A norm is over all that goes to a channel of the output, or
 * comes from one of the input.
 */
function withNorms(sum: Value, { norms, side }: Magnitude, factor: FactorValue): Value {
  const axes = sum.shape.map((_, axis) => axis).filter((axis) => axis !== (side === 'output' ? 0 : 1))
  const own = ops.add(ops.reduceL2(sum, { axes, keepDims: true }), smallest)
  return ops.mul(sum, ops.div(alongSide(factor(norms), side, sum.shape.length), own))
}

/** Keeps a row of zeros at zero. */
const smallest = 2 ** -23

/** One number a channel, so that it broadcasts over a weight of this rank. */
function alongSide(values: Value, side: 'output' | 'input', rank: number): Value {
  return ops.reshape(
    values,
    Array.from({ length: rank }, (_, axis) => (axis === (side === 'output' ? 0 : 1) ? -1 : 1)),
  )
}
