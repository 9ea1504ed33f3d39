/**
 * The first key that stands twice in one object of a JSON text, which `JSON.parse` hides by keeping the last. `text` is
 * valid JSON.
 */
export function repeatedKey(text: string): string | undefined {
  const objects: (Set<string> | undefined)[] = []
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (char === '{') objects.push(new Set())
    else if (char === '[') objects.push(undefined)
    else if (char === '}' || char === ']') objects.pop()
    else if (char === '"') {
      const start = i
      for (i++; text[i] !== '"'; i++) if (text[i] === '\\') i++
      let next = i + 1
      while (isSpace(text[next])) next++
      const keys = objects.at(-1)
      if (!keys || text[next] !== ':') continue
      const key = String(JSON.parse(text.slice(start, i + 1)))
      if (keys.has(key)) return key
      keys.add(key)
    }
  }
  return undefined
}

const isSpace = (char: string | undefined): boolean => char === ' ' || char === '\n' || char === '\r' || char === '\t'
