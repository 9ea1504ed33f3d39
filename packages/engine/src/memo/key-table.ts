import { IntList } from '../planning/int-list.ts'

/**
 * From keys of 30 bits to small whole numbers, 0 or more: open addressing with linear probing (Knuth, TAOCP 3, 6.4, algorithms L and
 * R). One array of numbers, which grows by copying and which no collection looks into; a `Map` of as many entries is an object of
 * objects.
 */
export class KeyTable {
  /** Pairs: a key, and one more than its number; 0 where there is none. */
  private pairs = new IntList(2 * 64)
  private length = 64
  /** The upper bits of a product choose the place. */
  private shift = 32 - 6
  private count = 0

  get size(): number {
    return this.count
  }

  /** -1 when the key is not there. */
  get(key: number): number {
    return this.pairs.at(2 * this.placeOf(key) + 1) - 1
  }

  set(key: number, value: number): void {
    const place = 2 * this.placeOf(key)
    if (this.pairs.at(place + 1) === 0) this.count++
    this.pairs.set(place, key)
    this.pairs.set(place + 1, value + 1)
    // Beyond three quarters, probes become long.
    if (4 * this.count > 3 * this.length) this.grow()
  }

  delete(key: number): void {
    const { pairs } = this
    const last = this.length - 1
    let gap = this.placeOf(key)
    if (pairs.at(2 * gap + 1) === 0) return
    this.count--
    // What follows moves up where the gap would hide it.
    for (let at = (gap + 1) & last; pairs.at(2 * at + 1) !== 0; at = (at + 1) & last) {
      const home = this.homeOf(pairs.at(2 * at))
      if (((at - home) & last) < ((at - gap) & last)) continue
      pairs.set(2 * gap, pairs.at(2 * at))
      pairs.set(2 * gap + 1, pairs.at(2 * at + 1))
      gap = at
    }
    pairs.set(2 * gap + 1, 0)
  }

  /** Where the key is, or would be. */
  private placeOf(key: number): number {
    const { pairs } = this
    const last = this.length - 1
    let place = this.homeOf(key)
    while (pairs.at(2 * place + 1) !== 0 && pairs.at(2 * place) !== key) place = (place + 1) & last
    return place
  }

  private homeOf(key: number): number {
    // 2^32 over the golden ratio (Knuth, 6.4): spreads keys that differ in their last bits only.
    return Math.imul(key, 0x9e3779b1) >>> this.shift
  }

  private grow(): void {
    const { pairs, length } = this
    this.length = 2 * length
    this.pairs = new IntList(2 * this.length)
    this.shift--
    for (let at = 0; at < length; at++) {
      const value = pairs.at(2 * at + 1)
      if (value === 0) continue
      const key = pairs.at(2 * at)
      const place = 2 * this.placeOf(key)
      this.pairs.set(place, key)
      this.pairs.set(place + 1, value)
    }
  }
}
