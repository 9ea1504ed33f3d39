/**
 * The number at an index that has to be there.
 *
 * @throws RangeError where there is none: an index past the end is a fault of the caller, and never a zero
 */
export function numberAt(numbers: ArrayLike<number>, index: number): number {
  const value = numbers[index]
  if (value === undefined) throw new RangeError(`There is no number at ${index} of ${numbers.length}`)
  return value
}
