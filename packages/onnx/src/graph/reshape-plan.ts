import { type Dim, type Shape, multiplyDims } from './shape.ts'

export interface ReshapePlan {
  /** The full shape of the result. */
  readonly shape: Shape
  /** What Reshape can be given as a constant (0 keeps an axis, -1 is inferred); absent where that does not suffice. */
  readonly constant?: readonly number[]
}

/** How to reshape `from` to `target`, or undefined where their element counts differ. */
export function reshapePlan(from: Shape, target: Shape): ReshapePlan | undefined {
  const inferred = target.indexOf(-1)
  if (
    target.some(
      (dim, axis) => (typeof dim === 'number' && dim < 0 && axis !== inferred) || (typeof dim === 'number' && dim < -1),
    )
  ) {
    return undefined
  }
  const whole = factorsOf(from)
  const known = factorsOf(target.filter((_, axis) => axis !== inferred))
  const rest = divide(whole, known)
  if (inferred < 0) {
    if (rest && (rest.constant !== 1 || rest.symbols.length > 0)) return undefined
    if (!rest && whole.symbols.length === 0 && known.symbols.length === 0) return undefined
    return planOf(from, target)
  }
  if (!rest && known.symbols.length === 0 && whole.symbols.length === 0) return undefined
  const dim = rest ? multiplyDims([rest.constant, ...rest.symbols]) : `${multiplyDims(from)}/${known.constant}`
  return planOf(
    from,
    target.map((own, axis) => (axis === inferred ? dim : own)),
  )
}

function planOf(from: Shape, shape: Shape): ReshapePlan {
  const moved = shape.filter((dim, axis) => typeof dim === 'string' && from[axis] !== dim)
  if (moved.length > 1 || shape.includes(0)) return { shape }
  return { shape, constant: shape.map((dim, axis) => (typeof dim === 'number' ? dim : from[axis] === dim ? 0 : -1)) }
}

interface Factors {
  readonly constant: number
  readonly symbols: readonly string[]
}

/** The product of dimensions as a number and symbols. A product symbol (`2*height*width`) is taken apart. */
function factorsOf(dims: readonly Dim[]): Factors {
  let constant = 1
  const symbols: string[] = []
  for (const dim of dims) {
    for (const factor of typeof dim === 'number' ? [dim] : topLevelFactors(dim)) {
      const number = Number(factor)
      if (Number.isFinite(number)) constant *= number
      else symbols.push(String(factor))
    }
  }
  return { constant, symbols }
}

function topLevelFactors(symbol: string): readonly string[] {
  const factors: string[] = ['']
  let depth = 0
  for (const letter of symbol) {
    if (letter === '(') depth++
    if (letter === ')') depth--
    if (depth === 0 && /[+/-]/.test(letter)) return [symbol]
    if (depth === 0 && letter === '*') factors.push('')
    else factors[factors.length - 1] += letter
  }
  return factors.map((factor) => (/^\(.*\)$/.test(factor) ? factor.slice(1, -1) : factor))
}

function divide(whole: Factors, part: Factors): Factors | undefined {
  const symbols = [...whole.symbols]
  for (const symbol of part.symbols) {
    const index = symbols.indexOf(symbol)
    if (index < 0) return undefined
    symbols.splice(index, 1)
  }
  const constant = part.constant === 0 ? 0 : whole.constant / part.constant
  return Number.isInteger(constant) ? { constant, symbols } : undefined
}
