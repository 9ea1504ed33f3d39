/** Solves A·x = b for a small, regular matrix, by elimination with pivoting. Leaves its arguments as they are. */
export function solveLinear(a: readonly (readonly number[])[], b: readonly number[]): number[] {
  const rows = a.map((row, i) => [...row, b[i]])
  const size = rows.length
  const entry = (row: number, column: number): number => rows[row]?.[column] ?? 0
  for (let column = 0; column < size; column++) {
    let pivot = column
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(entry(row, column)) > Math.abs(entry(pivot, column))) pivot = row
    }
    const [upper, lower] = [rows[column], rows[pivot]]
    if (upper !== undefined && lower !== undefined) [rows[column], rows[pivot]] = [lower, upper]
    for (let row = 0; row < size; row++) {
      if (row === column) continue
      const factor = entry(row, column) / entry(column, column)
      rows[row] = (rows[row] ?? []).map((value, k) => value - factor * entry(column, k))
    }
  }
  return rows.map((_, i) => entry(i, size) / entry(i, i))
}
