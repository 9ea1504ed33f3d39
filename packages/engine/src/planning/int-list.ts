/** Whole numbers of 32 bits by index, in one array that grows by copying. What was never set is 0. */
export class IntList {
  private cells: Int32Array

  constructor(length = 64) {
    this.cells = new Int32Array(length)
  }

  at(index: number): number {
    return this.cells[index] ?? 0
  }

  set(index: number, value: number): void {
    if (index >= this.cells.length) this.grow(index)
    this.cells[index] = value
  }

  /** A list of its own with the same numbers. */
  copy(): IntList {
    const copy = new IntList(0)
    copy.cells = this.cells.slice()
    return copy
  }

  private grow(index: number): void {
    const longer = new Int32Array(2 * (index + 1))
    longer.set(this.cells)
    this.cells = longer
  }
}
