import { intAt, roomFor } from './int-array.ts'
import { isLazy, type PlannedInput } from './planned-node.ts'

/**
 * Which nodes feed which, by rank, in the order of their inputs, and how many may still ask for each. Packed in arrays
 * of numbers: walking the links of a large graph then touches little memory, and a run takes a copy of its plan's in no
 * time.
 */
export class LinkTable {
  /** Where the links of each rank begin; the entry after the last rank is where its links end. */
  private starts: Int32Array
  /** Of each link, twice the rank of the node that feeds it, and one more where a lazy input asks. */
  private feeders: Int32Array
  /** Of each link, the rank of the node that it feeds. */
  private consumers: Int32Array
  private uses: Int32Array
  private size: number
  private links: number

  constructor(from?: LinkTable) {
    this.starts = from?.starts.slice() ?? new Int32Array(64)
    this.feeders = from?.feeders.slice() ?? new Int32Array(64)
    this.consumers = from?.consumers.slice() ?? new Int32Array(64)
    this.uses = from?.uses.slice() ?? new Int32Array(64)
    this.size = from?.size ?? 0
    this.links = from?.links ?? 0
  }

  /** Takes in the node of the next rank. Its links count as uses of what feeds it. */
  add(inputs: readonly PlannedInput[]): void {
    for (const input of inputs) {
      const lazy = isLazy(input) ? 1 : 0
      for (const { node } of input.sources) {
        if (this.links === this.feeders.length) {
          this.feeders = roomFor(this.links, this.feeders)
          this.consumers = roomFor(this.links, this.consumers)
        }
        this.feeders[this.links] = 2 * node.rank + lazy
        this.consumers[this.links] = this.size
        this.links++
        this.use(node.rank)
      }
    }
    this.size++
    if (this.size === this.starts.length) this.starts = roomFor(this.size, this.starts)
    this.starts[this.size] = this.links
  }

  get nodeCount(): number {
    return this.size
  }
  get linkCount(): number {
    return this.links
  }

  /** The links of a node are those from `begin` to before `end`. */
  begin(rank: number): number {
    return intAt(this.starts, rank)
  }
  end(rank: number): number {
    return intAt(this.starts, rank + 1)
  }

  /** The rank of the node that feeds a link. */
  feeder(link: number): number {
    return intAt(this.feeders, link) >> 1
  }

  /** The rank of the node at the end of a link. */
  fed(link: number): number {
    return intAt(this.consumers, link)
  }

  /** Whether the node at the end of a link begins without it. */
  isLazy(link: number): boolean {
    return (intAt(this.feeders, link) & 1) === 1
  }

  /** One more may ask for the outputs of a node. */
  use(rank: number): void {
    if (rank >= this.uses.length) this.uses = roomFor(rank, this.uses)
    this.uses[rank] = this.usesOf(rank) + 1
  }

  /** One fewer; how many are left. */
  unuse(rank: number): number {
    const left = this.usesOf(rank) - 1
    this.uses[rank] = left
    return left
  }

  usesOf(rank: number): number {
    return intAt(this.uses, rank)
  }
}
