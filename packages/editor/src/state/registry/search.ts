import type { NodeManifest } from '@patchbay/engine/workflow'

export interface Found {
  readonly manifest: NodeManifest
  readonly score: number
}

/**
 * How well the letters of a query occur in a text, in order: 0 is not at all. Whole words and beginnings of words count
 * more than scattered letters, short texts more than long ones.
 */
export function fuzzyScore(query: string, text: string): number {
  if (query === '') return 1
  const wanted = query.toLowerCase()
  const given = text.toLowerCase()
  const at = given.indexOf(wanted)
  if (at >= 0) {
    const atWord = at === 0 || /[^a-z0-9]/.test(given[at - 1] ?? ' ') || /[A-Z]/.test(text[at] ?? '')
    return (atWord ? 100 : 60) + 20 * (wanted.length / given.length) + (at === 0 ? 10 : 0)
  }
  let score = 0
  let from = 0
  let run = 0
  for (const letter of wanted) {
    if (letter === ' ') continue
    const next = given.indexOf(letter, from)
    if (next < 0) return 0
    const atWord = next === 0 || /[^a-z0-9]/.test(given[next - 1] ?? ' ') || /[A-Z]/.test(text[next] ?? '')
    run = next === from ? run + 1 : 0
    score += atWord ? 6 : 1 + run * 2
    from = next + 1
  }
  const density = score / (wanted.length * 6)
  return density < 0.3 ? 0 : 40 * density
}

/** Node types by name, alias, type and category; among equals those used often come first. */
export function searchNodes(
  nodes: readonly NodeManifest[],
  query: string,
  uses: { readonly [type: string]: number } = {},
): Found[] {
  const wanted = query.trim()
  return nodes
    .flatMap((manifest): Found[] => {
      const { label, type, aliases, category } = manifest
      const best = Math.max(
        fuzzyScore(wanted, label),
        fuzzyScore(wanted, type) * 0.95,
        ...aliases.map((alias) => fuzzyScore(wanted, alias) * 0.9),
        fuzzyScore(wanted, category) * 0.5,
      )
      if (best === 0) return []
      const often = Math.min(12, Math.log2(1 + (uses[type] ?? 0)) * 3)
      return [{ manifest, score: best + often - (manifest.deprecated === undefined ? 0 : 50) }]
    })
    .sort((a, b) => b.score - a.score || a.manifest.label.localeCompare(b.manifest.label))
}
