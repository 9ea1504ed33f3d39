const size = 624
const shift = 397

/**
 * MT19937 (Matsumoto and Nishimura 1998), seeded by Knuth's multiplicative rule from the low 32 bits of a seed: the
 * words that PyTorch's CPU generator draws.
 */
export class MersenneTwister {
  readonly #state = new Uint32Array(size)
  #next = size

  constructor(seed: bigint) {
    const state = this.#state
    state[0] = Number(seed & 0xffffffffn)
    for (let i = 1; i < size; i++) {
      const previous = state[i - 1]
      state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i
    }
  }

  /** The next unsigned 32-bit word. */
  word(): number {
    if (this.#next === size) this.#twist()
    let y = this.#state[this.#next++]
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    return (y ^ (y >>> 18)) >>> 0
  }

  #twist(): void {
    const state = this.#state
    for (let i = 0; i < size; i++) {
      const mixed = (state[i] & 0x80000000) | (state[(i + 1) % size] & 0x7fffffff)
      state[i] = state[(i + shift) % size] ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0)
    }
    this.#next = 0
  }
}
