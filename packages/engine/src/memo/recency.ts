import { intAt, roomFor } from '../planning/int-array.ts'

/** Places in the order of their last use: a ring of numbers, forwards and backwards, that place 0 opens and closes. */
export class Recency {
  private earlier = new Int32Array(64)
  private later = new Int32Array(64)

  /** The place used longest ago; 0 when there is none. */
  get oldest(): number {
    return intAt(this.later, 0)
  }

  /** The place used next after this one; 0 when there is none. */
  after(place: number): number {
    return intAt(this.later, place)
  }

  /** Puts a place that is not in the order at its end. */
  add(place: number): void {
    if (place >= this.later.length) {
      this.earlier = roomFor(place, this.earlier)
      this.later = roomFor(place, this.later)
    }
    this.link(intAt(this.earlier, 0), place)
    this.link(place, 0)
  }

  remove(place: number): void {
    this.link(intAt(this.earlier, place), intAt(this.later, place))
  }

  private link(from: number, to: number): void {
    this.later[from] = to
    this.earlier[to] = from
  }
}
