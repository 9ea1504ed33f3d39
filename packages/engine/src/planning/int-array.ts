/**
 * The number at an index; 0 past the end of the array, where nothing was ever set. Costs as little as the access alone.
 */
export function intAt(numbers: Int32Array, index: number): number {
  // eslint-disable-next-line one-hand/silent-zero -- past the end is where nothing was set
  return numbers[index] ?? 0
}

/** The same numbers in an array that has room for `index`, and for as many again. */
export function roomFor(index: number, numbers: Int32Array): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(2 * (index + 1))
  longer.set(numbers)
  return longer
}
