/** Places in the order of their last use: a ring of numbers, forwards and backwards, that place 0 opens and closes. */
export class Recency {
  private earlier = new Int32Array(64)
  private later = new Int32Array(64)

  /** The place used longest ago; 0 when there is none. */
  get oldest(): number {
    return this.later[0] ?? 0
  }

  /** The place used next after this one; 0 when there is none. */
  after(place: number): number {
    return this.later[place] ?? 0
  }

  /** Puts a place that is not in the order at its end. */
  add(place: number): void {
    if (place >= this.later.length) {
      this.earlier = twiceAsLong(this.earlier)
      this.later = twiceAsLong(this.later)
    }
    this.link(this.earlier[0] ?? 0, place)
    this.link(place, 0)
  }

  remove(place: number): void {
    this.link(this.earlier[place] ?? 0, this.later[place] ?? 0)
  }

  private link(from: number, to: number): void {
    this.later[from] = to
    this.earlier[to] = from
  }
}

function twiceAsLong(numbers: Int32Array): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(2 * numbers.length)
  longer.set(numbers)
  return longer
}
