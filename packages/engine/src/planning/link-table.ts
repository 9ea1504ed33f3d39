import { isLazy, type PlannedInput } from './planned-node.ts'

/**
 * Which nodes feed which, by rank, in the order of their inputs, and how many may still ask for each. Packed in arrays of numbers:
 * walking the links of a large graph then touches little memory, and a run takes a copy of its plan's in no time.
 */
export class LinkTable {
  /** Where the links of each rank begin; one entry more tells where the last end. */
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
          this.feeders = twiceAsLong(this.feeders)
          this.consumers = twiceAsLong(this.consumers)
        }
        this.feeders[this.links] = 2 * node.rank + lazy
        this.consumers[this.links] = this.size
        this.links++
        this.use(node.rank)
      }
    }
    this.size++
    if (this.size === this.starts.length) this.starts = twiceAsLong(this.starts)
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
    return this.starts[rank] ?? 0
  }
  end(rank: number): number {
    return this.starts[rank + 1] ?? 0
  }

  /** The rank of the node that feeds a link. */
  feeder(link: number): number {
    return (this.feeders[link] ?? 0) >> 1
  }

  /** The rank of the node at the end of a link. */
  fed(link: number): number {
    return this.consumers[link] ?? 0
  }

  /** Whether the node at the end of a link begins without it. */
  isLazy(link: number): boolean {
    return ((this.feeders[link] ?? 0) & 1) === 1
  }

  /** One more may ask for the outputs of a node. */
  use(rank: number): void {
    if (rank >= this.uses.length) this.uses = twiceAsLong(this.uses, rank)
    this.uses[rank] = this.usesOf(rank) + 1
  }

  /** One fewer; how many are left. */
  unuse(rank: number): number {
    const left = this.usesOf(rank) - 1
    this.uses[rank] = left
    return left
  }

  usesOf(rank: number): number {
    return this.uses[rank] ?? 0
  }
}

function twiceAsLong(numbers: Int32Array, least = 0): Int32Array {
  const longer = new Int32Array(2 * Math.max(numbers.length, least))
  longer.set(numbers)
  return longer
}
