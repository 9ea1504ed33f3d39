import { IntList } from '../planning/int-list.ts'

/** Places in the order of their last use: a ring of numbers, forwards and backwards, that place 0 opens and closes. */
export class Recency {
  private readonly earlier = new IntList()
  private readonly later = new IntList()

  /** The place used longest ago; 0 when there is none. */
  get oldest(): number {
    return this.later.at(0)
  }

  /** The place used next after this one; 0 when there is none. */
  after(place: number): number {
    return this.later.at(place)
  }

  /** Puts a place that is not in the order at its end. */
  add(place: number): void {
    this.link(this.earlier.at(0), place)
    this.link(place, 0)
  }

  remove(place: number): void {
    this.link(this.earlier.at(place), this.later.at(place))
  }

  private link(from: number, to: number): void {
    this.later.set(from, to)
    this.earlier.set(to, from)
  }
}
