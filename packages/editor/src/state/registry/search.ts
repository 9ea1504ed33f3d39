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

/** How often things are used: by this person, and in the workflows that ship. */
export interface Usage {
  readonly uses: { readonly [type: string]: number }
  /** How often each node type occurs in the templates. */
  readonly inTemplates: ReadonlyMap<string, number>
}

export const noUsage: Usage = { uses: {}, inTemplates: new Map() }

/** What a node's usual use is worth beside its name, from 0 to 27. */
function familiarity(type: string, { uses, inTemplates }: Usage): number {
  const byPerson = Math.min(15, Math.log2(1 + (uses[type] ?? 0)) * 4)
  const byTemplates = Math.min(12, Math.log2(1 + (inTemplates.get(type) ?? 0)) * 3)
  return byPerson + byTemplates
}

/** Node types by name, alias, type and category; among equals those used often come first. */
export function searchNodes(nodes: readonly NodeManifest[], query: string, usage: Usage = noUsage): Found[] {
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
      const often = familiarity(type, usage)
      return [{ manifest, score: best + often - (manifest.deprecated === undefined ? 0 : 50) }]
    })
    .sort((a, b) => b.score - a.score || a.manifest.label.localeCompare(b.manifest.label))
}

/** The open end of a link, for which a node is wanted. */
export interface OpenEnd {
  readonly side: 'input' | 'output'
  readonly types: readonly string[]
  /** The type of the node that it is of. */
  readonly node: string | undefined
}

/**
 * What was found, for the open end of a link: nodes made for its type before those that take anything or convert, then
 * those that it is most often linked to in the templates. What is typed counts most.
 */
export function rankedFor(found: readonly Found[], end: OpenEnd, pairs: ReadonlyMap<string, number>): readonly Found[] {
  const score = ({ manifest, score: before }: Found): number => {
    const types = end.side === 'output' ? manifest.inputs.flatMap((input) => input.types) : manifest.outputs.map(typeOf)
    const isExact = types.some((type) => type !== '*' && end.types.includes(type))
    const key = end.side === 'output' ? pairKey(end.node, manifest.type) : pairKey(manifest.type, end.node)
    return before + (isExact ? 20 : 0) + Math.min(30, 10 * Math.log2(1 + (pairs.get(key) ?? 0)))
  }
  return found
    .map((one) => ({ ...one, score: score(one) }))
    .sort((a, b) => b.score - a.score || a.manifest.label.localeCompare(b.manifest.label))
}

const typeOf = ({ type }: { readonly type: string }): string => type

/** Names a pair of node types, of which the first feeds the second. */
export function pairKey(from: string | undefined, to: string | undefined): string {
  return `${from ?? ''} → ${to ?? ''}`
}
