const [initialA, factorA] = [0x43b0d7e5, 0x931e8875]
const [initialB, factorB] = [0x8b51f9dd, 0x58f38ded]
const [mixLeft, mixRight] = [0xca01f9dd, 0x4973f715]

export interface SeedSequenceSettings {
  /** Where in a tree of sequences this one stands; each an unsigned 32-bit number. */
  readonly spawnKey?: readonly number[]
  /** The number of words that are mixed with one another. */
  readonly poolSize?: number
}

/**
 * The first `count` words of `numpy.random.SeedSequence(entropy, spawn_key=…, pool_size=…)`, after O'Neill's
 * seed_seq_fe (2015): well mixed seeds for a tree of generators from one number.
 */
export function seedSequence(entropy: bigint, count: number, settings: SeedSequenceSettings = {}): number[] {
  const { spawnKey = [], poolSize = 4 } = settings
  const words = wordsOf(entropy)
  if (spawnKey.length > 0) while (words.length < poolSize) words.push(0)
  words.push(...spawnKey)

  let hash = initialA
  const hashed = (value: number): number => {
    const mixed = value ^ hash
    hash = Math.imul(hash, factorA)
    const product = Math.imul(mixed, hash)
    return product ^ (product >>> 16)
  }
  const mix = (x: number, y: number): number => {
    const difference = Math.imul(mixLeft, x) - Math.imul(mixRight, y)
    return difference ^ ((difference | 0) >>> 16)
  }
  const pool = Array.from({ length: poolSize }, (_, i) => hashed(i < words.length ? words[i] : 0))
  for (let from = 0; from < poolSize; from++) {
    for (let to = 0; to < poolSize; to++) {
      if (from !== to) pool[to] = mix(pool[to], hashed(pool[from]))
    }
  }
  for (const word of words.slice(poolSize)) {
    for (let to = 0; to < poolSize; to++) pool[to] = mix(pool[to], hashed(word))
  }

  let outHash = initialB
  return Array.from({ length: count }, (_, i) => {
    const mixed = pool[i % poolSize] ^ outHash
    outHash = Math.imul(outHash, factorB)
    const product = Math.imul(mixed, outHash)
    return (product ^ (product >>> 16)) >>> 0
  })
}

/** An unsigned integer as 32-bit words, the lowest first; at least one. */
function wordsOf(value: bigint): number[] {
  const words = [Number(value & 0xffffffffn)]
  for (let rest = value >> 32n; rest > 0n; rest >>= 32n) words.push(Number(rest & 0xffffffffn))
  return words
}
