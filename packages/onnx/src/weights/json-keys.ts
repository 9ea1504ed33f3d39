/**
 * The first key that stands twice at the top level of a JSON object, which `JSON.parse` hides by keeping the last.
 * `text` is valid JSON; `distinct` is how many keys parsing kept.
 */
export function repeatedKey(text: string, distinct: number): string | undefined {
  const seen = new Set<string>()
  let count = 0
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (char === '{' || char === '[') depth++
    else if (char === '}' || char === ']') depth--
    else if (char === '"') {
      const start = i
      for (i++; text[i] !== '"'; i++) if (text[i] === '\\') i++
      if (depth !== 1 || !/^\s*:/.test(text.slice(i + 1, i + 64))) continue
      count++
      const key: unknown = JSON.parse(text.slice(start, i + 1))
      if (seen.has(String(key))) return String(key)
      seen.add(String(key))
    }
  }
  return count > distinct ? [...seen].at(-1) : undefined
}
