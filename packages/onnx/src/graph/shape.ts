/**
 * A dimension: a number, or a symbol for what is known only when the model runs. A plain symbol (`batch`) is declared
 * by an input; a derived one (`2*height`) comes from an operator.
 */
export type Dim = number | string
export type Shape = readonly Dim[]

const plainSymbol = /^[A-Za-z_]\w*$/

/**
 * The one dimension that two equal ones stand for, or undefined where they cannot be equal. A number wins over a
 * symbol. Two different plain symbols are different; a derived symbol may equal anything.
 */
export function unifyDims(a: Dim, b: Dim): Dim | undefined {
  if (a === b) return a
  if (typeof a === 'number') return typeof b === 'number' ? undefined : a
  if (typeof b === 'number') return b
  if (plainSymbol.test(a) && plainSymbol.test(b)) return undefined
  return plainSymbol.test(a) ? a : b
}

/** The shape of an element-wise operator over both shapes (numpy broadcasting), or undefined where there is none. */
export function broadcastShapes(a: Shape, b: Shape): Shape | undefined {
  const rank = Math.max(a.length, b.length)
  const result: Dim[] = []
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1
    const right = b[axis - rank + b.length] ?? 1
    const dim = left === 1 ? right : right === 1 ? left : unifyDims(left, right)
    if (dim === undefined) return undefined
    result.push(dim)
  }
  return result
}

export function shapesMatch(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, axis) => unifyDims(dim, b[axis] ?? -1) !== undefined)
}

export function isStaticShape(shape: Shape): shape is readonly number[] {
  return shape.every((dim) => typeof dim === 'number')
}

/** `[batch, 4, 64, 64]` */
export function showShape(shape: Shape): string {
  return `[${shape.join(', ')}]`
}

/** `factor·dim`, symbolic where `dim` is. */
export function scaleDim(dim: Dim, factor: number): Dim {
  if (typeof dim === 'number') return dim * factor
  return factor === 1 ? dim : `${factor}*${wrap(dim)}`
}

/** `dim / divisor`, symbolic where `dim` is; undefined where a number does not divide. */
export function divideDim(dim: Dim, divisor: number): Dim | undefined {
  if (typeof dim === 'number') return dim % divisor === 0 ? dim / divisor : undefined
  return divisor === 1 ? dim : `${wrap(dim)}/${divisor}`
}

/** The product of dimensions, with the symbols in order. */
export function multiplyDims(dims: Shape): Dim {
  let constant = 1
  const symbols: string[] = []
  for (const dim of dims) {
    if (typeof dim === 'number') constant *= dim
    else symbols.push(wrap(dim))
  }
  if (symbols.length === 0 || constant === 0) return constant
  if (constant === 1 && symbols.length === 1) return dims.find((dim) => typeof dim === 'string') ?? constant
  return [...(constant === 1 ? [] : [String(constant)]), ...symbols].join('*')
}

/** `dim + amount`, symbolic where `dim` is. */
export function addToDim(dim: Dim, amount: number): Dim {
  if (typeof dim === 'number') return dim + amount
  if (amount === 0) return dim
  return `${dim}${amount < 0 ? '-' : '+'}${Math.abs(amount)}`
}

/** The sum of two dimensions. */
export function addDims(a: Dim, b: Dim): Dim {
  if (typeof b === 'number') return addToDim(a, b)
  return typeof a === 'number' ? addToDim(b, a) : `${a}+${b}`
}

/** `⌊(dim + padding − window) / stride⌋ + 1`: how many windows of this size fit (convolution and pooling). */
export function windowCount(dim: Dim, padding: number, window: number, stride: number): Dim {
  if (typeof dim === 'number') return Math.floor((dim + padding - window) / stride) + 1
  if (stride === 1) return addToDim(dim, padding - window + 1)
  return `floor(${wrap(String(addToDim(dim, padding - window)))}/${stride})+1`
}

function wrap(symbol: string): string {
  return /[+-]/.test(symbol) ? `(${symbol})` : symbol
}
