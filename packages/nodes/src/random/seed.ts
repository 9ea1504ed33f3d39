/** A seed as people give it: a number up to 2^53, a bigint, or decimal digits. */
export type Seed = bigint | number | string

const mask64 = (1n << 64n) - 1n

/**
 * Reads a seed as an unsigned 64-bit integer. Throws a RangeError for anything that is not a whole number in [0, 2^64).
 */
export function parseSeed(seed: Seed): bigint {
  const value = exactInteger(seed)
  if (value === undefined || value < 0n || value > mask64) {
    throw new RangeError(
      `A seed is a whole number from 0 to 18446744073709551615 (past 2^53 written as a string of digits), but got ${seed}`,
    )
  }
  return value
}

/** The seed of item k of a batch: seed + k, wrapping at 2^64. */
export function seedOfItem(seed: bigint, k: number): bigint {
  return (seed + BigInt(k)) & mask64
}

function exactInteger(seed: Seed): bigint | undefined {
  if (typeof seed === 'bigint') return seed
  if (typeof seed === 'number') return Number.isSafeInteger(seed) ? BigInt(seed) : undefined
  return /^\d{1,20}$/.test(seed) ? BigInt(seed) : undefined
}
