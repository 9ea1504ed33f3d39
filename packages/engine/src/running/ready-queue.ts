/**
 * Nodes that could run, the lowest rank first (binary heap, Williams 1964): the branch begun first is finished first.
 */
export class ReadyQueue<T extends { readonly rank: number }> {
  private readonly heap: T[] = []

  get size(): number {
    return this.heap.length
  }

  push(entry: T): void {
    const { heap } = this
    let at = heap.length
    while (at > 0) {
      const up = (at - 1) >> 1
      const parent = heap[up]
      if (!parent || parent.rank <= entry.rank) break
      heap[at] = parent
      at = up
    }
    heap[at] = entry
  }

  pop(): T | undefined {
    const { heap } = this
    const top = heap[0]
    const last = heap.pop()
    if (!last || heap.length === 0) return top
    let at = 0
    for (;;) {
      let down = 2 * at + 1
      let child = heap[down]
      const right = heap[down + 1]
      if (child && right && right.rank < child.rank) {
        child = right
        down++
      }
      if (!child || child.rank >= last.rank) break
      heap[at] = child
      at = down
    }
    heap[at] = last
    return top
  }
}
