import { IntList } from './int-list.ts'
import { isLazy, type PlannedInput } from './planned-node.ts'

/**
 * Which nodes feed which, by rank, in the order of their inputs, and how many may still ask for each. Packed in arrays of numbers:
 * walking the links of a large graph then touches little memory, and a run takes a copy of its plan's in no time.
 */
export class LinkTable {
  /** Where the links of each rank begin; one entry more tells where the last end. */
  private readonly starts: IntList
  /** Of each link, twice the rank of the node that feeds it, and one more where a lazy input asks. */
  private readonly feeders: IntList
  /** Of each link, the rank of the node that it feeds. */
  private readonly consumers: IntList
  private readonly uses: IntList
  private size: number
  private links: number

  constructor(from?: LinkTable) {
    this.starts = from?.starts.copy() ?? new IntList()
    this.feeders = from?.feeders.copy() ?? new IntList()
    this.consumers = from?.consumers.copy() ?? new IntList()
    this.uses = from?.uses.copy() ?? new IntList()
    this.size = from?.size ?? 0
    this.links = from?.links ?? 0
  }

  /** Takes in the node of the next rank. Its links count as uses of what feeds it. */
  add(inputs: readonly PlannedInput[]): void {
    for (const input of inputs) {
      const lazy = isLazy(input) ? 1 : 0
      for (const { node } of input.sources) {
        this.feeders.set(this.links, 2 * node.rank + lazy)
        this.consumers.set(this.links, this.size)
        this.links++
        this.use(node.rank)
      }
    }
    this.size++
    this.starts.set(this.size, this.links)
  }

  get nodeCount(): number {
    return this.size
  }
  get linkCount(): number {
    return this.links
  }

  /** The links of a node are those from `begin` to before `end`. */
  begin(rank: number): number {
    return this.starts.at(rank)
  }
  end(rank: number): number {
    return this.starts.at(rank + 1)
  }

  /** The rank of the node that feeds a link. */
  feeder(link: number): number {
    return this.feeders.at(link) >> 1
  }

  /** The rank of the node at the end of a link. */
  fed(link: number): number {
    return this.consumers.at(link)
  }

  /** Whether the node at the end of a link begins without it. */
  isLazy(link: number): boolean {
    return (this.feeders.at(link) & 1) === 1
  }

  /** One more may ask for the outputs of a node. */
  use(rank: number): void {
    this.uses.set(rank, this.uses.at(rank) + 1)
  }

  /** One fewer; how many are left. */
  unuse(rank: number): number {
    const left = this.uses.at(rank) - 1
    this.uses.set(rank, left)
    return left
  }

  usesOf(rank: number): number {
    return this.uses.at(rank)
  }
}
