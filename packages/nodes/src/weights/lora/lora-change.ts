import { numberAt } from '@patchbay/onnx/tensor'
import type { Weight } from '@patchbay/onnx'
import type { LoraTarget, RowRange } from './lora-targets.ts'

/** A change of one weight W, kept as its factors. */
export type LoraUpdate = Omit<LoraTarget, 'rows'> & ScaledChange

/** A change with what belongs to it, whatever weight it is for. */
export type ScaledChange = LoraChange & {
  /** What the change is multiplied by beside the strength: alpha over rank. */
  readonly scale: number
  /** DoRA's (Liu et al. 2024): the sum of W and its change is given these norms. */
  readonly magnitude?: Magnitude
}

/** The change of a LoRA (Hu et al. 2021), of LyCORIS (Yeh et al. 2024) or PEFT. */
export type LoraChange =
  | LowRankChange
  | HadamardChange
  | KroneckerChange
  | DifferenceChange
  | ReplacementChange
  | RotationChange
  | ButterflyChange
  | ChannelChange
  | GeneralisedChange

/**
 * up · down (Hu et al. 2021, eq. 3). Convolutions have factors of rank 4 (LoCon), `mid` between them where the kernel
 * was factored too.
 */
export interface LowRankChange {
  readonly form: 'low-rank'
  /** [out, rank] or [out, rank, 1, 1] */
  readonly up: Weight
  /** [rank, in] or [rank, in, height, width] */
  readonly down: Weight
  /** [rank, rank, height, width] */
  readonly mid?: Weight
}

/** LoHa: one product ⊙ another. */
export interface HadamardChange {
  readonly form: 'hadamard'
  readonly products: readonly [Product, Product]
}

/** LoKr: the Kronecker product of two matrices, of which the second may be a kernel [out, in, height, width]. */
export interface KroneckerChange {
  readonly form: 'kronecker'
  readonly factors: readonly [Weight | Product, Weight | Product]
  /** The rows of the product that are meant, where it changes several weights in one. */
  readonly rows?: RowRange
}

/** A whole difference, in the shape of the weight: W + difference. */
export interface DifferenceChange {
  readonly form: 'difference'
  readonly difference: Weight
}

/** A weight in place of another: PEFT's `modules_to_save` and biases. At half the strength, half the way there. */
export interface ReplacementChange {
  readonly form: 'replacement'
  readonly replacement: Weight
}

/** OFT (Qiu et al. 2023): blocks of rows are rotated, Rᵀ · W. */
export interface RotationChange {
  readonly form: 'rotation'
  /** [blocks, size, size]; blocks · size is out. */
  readonly rotations: Weight
  /** [out] or [out, 1, …] */
  readonly rescale?: Weight
}

/** BOFT (Liu et al. 2024): rows are rotated in stages, stage i mixing those 2ⁱ · size / 2 apart. */
export interface ButterflyChange {
  readonly form: 'butterfly'
  /** [stages, blocks, size, size]; blocks · size is out. */
  readonly rotations: Weight
  /** [out] or [out, 1, …] */
  readonly rescale?: Weight
}

/** (IA)³ (Liu et al. 2022): channels of the output or of the input are multiplied. */
export interface ChannelChange {
  readonly form: 'channels'
  /** One number a channel. */
  readonly factors: Weight
  readonly side: 'output' | 'input'
  /** The factor that changes nothing: 0 in LyCORIS' files, 1 in PEFT's. */
  readonly neutral: 0 | 1
}

/** GLoRA (Chavan et al. 2023): W · input + added. */
export interface GeneralisedChange {
  readonly form: 'generalised'
  /** [in, rank] · [rank, in] */
  readonly input: MatrixProduct
  /** [out, rank] · [rank, in · pixels] */
  readonly added: MatrixProduct
}

/** up [out, rank] · down [rank, in · pixels] */
export interface MatrixProduct {
  readonly up: Weight
  readonly down: Weight
}

/** Tucker's form of a kernel: Σ core[i, j, y, x] · rows[i, out] · columns[j, in]. */
export interface TuckerProduct {
  readonly core: Weight
  readonly rows: Weight
  readonly columns: Weight
}

export type Product = MatrixProduct | TuckerProduct

export interface Magnitude {
  /** One number for each channel of the side. */
  readonly norms: Weight
  readonly side: 'output' | 'input'
}

/**
 * The sizes of the weight that a change is for: [out, in, …kernel], the last ones perhaps in one; 'any' where
 * free.
 */
export function sizesOfChange(change: LoraChange): readonly (number | 'any')[] {
  switch (change.form) {
    case 'low-rank': {
      const [out = 0, ...columns] = sizesOf(change)
      return [out, ...(change.mid ? [numberAt(columns, 0), ...change.mid.shape.slice(2)] : columns)]
    }
    case 'hadamard':
      return sizesOf(change.products[0])
    case 'kronecker': {
      const [[a = 0, b = 0], [rows = 0, columns = 0, ...kernel]] = [
        sizesOf(change.factors[0]),
        sizesOf(change.factors[1]),
      ]
      const out = a * rows
      return [change.rows?.whole === out ? change.rows.count : out, b * columns, ...kernel]
    }
    case 'difference':
      return change.difference.shape
    case 'replacement':
      return change.replacement.shape
    case 'rotation':
    case 'butterfly': {
      const [blocks = 0, size = 0] = change.rotations.shape.slice(-3)
      return [blocks * size, 'any']
    }
    case 'channels': {
      const count = countOf(change.factors.shape)
      return change.side === 'output' ? [count, 'any'] : ['any', count]
    }
    case 'generalised':
      return sizesOf(change.added)
    default:
      return change satisfies never
  }
}

/** Whether a change is for a weight of this shape. */
export function fitsShape(
  change: LoraChange & Pick<LoraUpdate, 'magnitude'>,
  [out = 1, ...columns]: readonly number[],
): boolean {
  const { magnitude } = change
  if (magnitude && countOf(magnitude.norms.shape) !== (magnitude.side === 'output' ? out : columns[0])) return false
  const [rows, ...others] = sizesOfChange(change)
  if (rows !== 'any' && rows !== out) return false
  if (rows === 'any') return others[0] === columns[0]
  return others[0] === 'any' || countOf(others.map(Number)) === countOf(columns)
}

function sizesOf(one: Weight | Product): readonly number[] {
  if ('core' in one) return [numberAt(one.rows.shape, 1), numberAt(one.columns.shape, 1), ...one.core.shape.slice(2)]
  return 'up' in one ? [numberAt(one.up.shape, 0), ...one.down.shape.slice(1)] : one.shape
}

/** Whether a change is added to its weight whatever that holds, so that its order among others is free. */
export const isAdditive = ({ form, magnitude }: Pick<LoraUpdate, 'form' | 'magnitude'>): boolean =>
  magnitude === undefined && ['low-rank', 'hadamard', 'kronecker', 'difference'].includes(form)

export const countOf = (sizes: readonly number[]): number => sizes.reduce((product, size) => product * size, 1)
