/**
 * Raises or lowers the weight of the selected words, `(words:1.1)`. Without a selection it is the word at the caret. A
 * weight of 1 takes the parentheses away. Returns the text and the selection of the words.
 */
export function weighted(
  text: string,
  from: number,
  to: number,
  change: number,
): { readonly text: string; readonly start: number; readonly end: number } {
  let start = from
  let end = to
  if (start === end) {
    while (start > 0 && /[\w'-]/.test(text[start - 1] ?? '')) start--
    while (end < text.length && /[\w'-]/.test(text[end] ?? '')) end++
  }
  if (start === end) return { text, start, end }
  while (start < end && text[start] === ' ') start++
  while (end > start && text[end - 1] === ' ') end--
  const words = text.slice(start, end)
  const around = /^:(\d+(?:\.\d+)?)\)/.exec(text.slice(end))
  const enclosed = text[start - 1] === '(' && around
  const before = enclosed ? Number(around[1]) : 1
  const weight = Math.max(0, Math.round((before + change) * 100) / 100)
  const head = text.slice(0, enclosed ? start - 1 : start)
  const tail = text.slice(enclosed ? end + around[0].length : end)
  if (weight === 1) return { text: head + words + tail, start: head.length, end: head.length + words.length }
  return {
    text: `${head}(${words}:${weight})${tail}`,
    start: head.length + 1,
    end: head.length + 1 + words.length,
  }
}
