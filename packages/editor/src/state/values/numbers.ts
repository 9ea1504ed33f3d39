/**
 * A number typed as arithmetic: `512*1.5`, `(3+4)/2`, `2^10`. Grammar: sums of products of powers, with signs and
 * parentheses. Undefined when the text is no such expression.
 */
export function evaluate(text: string): number | undefined {
  const tokens = text.replaceAll(',', '.').match(/\d+\.?\d*(?:e[+-]?\d+)?|\.\d+|[-+*/%^()]|\S/gi)
  if (!tokens) return undefined
  let at = 0
  const eat = (token: string): boolean => {
    if (tokens[at] !== token) return false
    at++
    return true
  }
  const atom = (): number => {
    if (eat('-')) return -power()
    if (eat('+')) return power()
    if (eat('(')) {
      const inner = sum()
      return eat(')') ? inner : Number.NaN
    }
    const token = tokens[at]
    at++
    return token !== undefined && /^[\d.]/.test(token) ? Number(token) : Number.NaN
  }
  const power = (): number => {
    const base = atom()
    return eat('^') ? base ** power() : base
  }
  const product = (): number => {
    let value = power()
    for (;;) {
      if (eat('*')) value *= power()
      else if (eat('/')) value /= power()
      else if (eat('%')) value %= power()
      else return value
    }
  }
  const sum = (): number => {
    let value = product()
    for (;;) {
      if (eat('+')) value += product()
      else if (eat('-')) value -= product()
      else return value
    }
  }
  const result = sum()
  return at === tokens.length && Number.isFinite(result) ? result : undefined
}

/**
 * The nearest number that a widget takes: within its range, on its step (counted from `min` where that is finite),
 * whole for `int`.
 */
export function fit(
  value: number,
  range: { readonly type: 'int' | 'float'; readonly min: number; readonly max: number; readonly step: number },
): number {
  const clamped = Math.min(range.max, Math.max(range.min, value))
  if (range.type === 'int') {
    return Math.min(range.max, Math.max(range.min, Math.round(clamped)))
  }
  return Number(clamped.toPrecision(12))
}

const largestSeed = 2n ** 64n - 1n

/** A seed as the document keeps it: a number while it is exact, a decimal string past 2^53. */
export function seedValue(seed: bigint): number | string {
  const wrapped = seed < 0n ? largestSeed : seed > largestSeed ? 0n : seed
  return wrapped <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(wrapped) : wrapped.toString()
}

/** The text of a seed as an exact integer, or undefined. */
export function parseSeed(text: string): number | string | undefined {
  const trimmed = text.trim()
  if (!/^\d{1,20}$/.test(trimmed)) return undefined
  const seed = BigInt(trimmed)
  return seed > largestSeed ? undefined : seedValue(seed)
}

/** What a seed becomes after a run. `random` gives 64 random bits. */
export function nextSeed(
  seed: number | string,
  rule: 'increment' | 'decrement' | 'randomise',
  random: () => bigint = randomBits,
): number | string {
  const now = BigInt(seed)
  switch (rule) {
    case 'increment':
      return seedValue(now + 1n)
    case 'decrement':
      return seedValue(now - 1n)
    case 'randomise':
      return seedValue(random() >> 11n)
  }
}

function randomBits(): bigint {
  return crypto.getRandomValues(new BigUint64Array(1))[0] ?? 0n
}
