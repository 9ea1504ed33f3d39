/**
 * Orders names as people do: runs of digits by their number, the rest by code unit, so `2` stands before `10`.
 * Independent of locale.
 */
export function naturalOrder(a: string, b: string): number {
  let i = 0
  let j = 0
  while (i < a.length && j < b.length) {
    const endA = digitsEnd(a, i)
    const endB = digitsEnd(b, j)
    if (endA > i && endB > j) {
      const byNumber = compareDigits(a.slice(i, endA), b.slice(j, endB))
      if (byNumber !== 0) return byNumber
      i = endA
      j = endB
    } else {
      const difference = a.charCodeAt(i) - b.charCodeAt(j)
      if (difference !== 0) return difference
      i++
      j++
    }
  }
  // Equal up to leading zeros: the plain order decides, so that the result is 0 for equal names only.
  return a.length - i - (b.length - j) || (a < b ? -1 : a > b ? 1 : 0)
}

function digitsEnd(text: string, start: number): number {
  let end = start
  while (end < text.length && text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end++
  return end
}

/** Compares digits of any length, without losing any to a number. */
function compareDigits(a: string, b: string): number {
  const x = a.replace(/^0+/, '')
  const y = b.replace(/^0+/, '')
  if (x.length !== y.length) return x.length - y.length
  return x < y ? -1 : x > y ? 1 : 0
}
