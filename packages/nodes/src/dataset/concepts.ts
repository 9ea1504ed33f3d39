import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { keywordPackage, namePackage } from './icon-packages.ts'
import { fetchNpmPackage } from './package-cache.ts'

/** A thing that can be drawn, whatever the style. */
export interface Concept {
  /** Lower-case words joined by hyphens, as Unicode names emoji: "red-apple". */
  readonly id: string
  readonly name: string
  readonly group: string
  readonly keywords: readonly string[]
}

/** Groups that hold no things: flags differ only in text-like detail, components are skin tones and hair. */
const unwantedGroups = new Set(['Flags', 'Component'])

/** Every emoji concept with its keywords, in Unicode order, flags and components left out. */
export async function loadConcepts(cacheFolder: string, signal?: AbortSignal): Promise<readonly Concept[]> {
  const names = await fetchNpmPackage(namePackage, cacheFolder, signal)
  const keywords = await fetchNpmPackage(keywordPackage, cacheFolder, signal)
  return conceptsOf(
    JSON.parse(await readFile(join(names, 'data-by-emoji.json'), 'utf8')) as Record<string, EmojiEntry>,
    JSON.parse(await readFile(join(keywords, 'dist', 'emoji-en-US.json'), 'utf8')) as Record<string, string[]>,
  )
}

export interface EmojiEntry {
  readonly name: string
  readonly slug: string
  readonly group: string
}

export function conceptsOf(
  entries: Readonly<Record<string, EmojiEntry>>,
  keywords: Readonly<Record<string, readonly string[]>>,
): readonly Concept[] {
  return Object.entries(entries)
    .filter(([, entry]) => !unwantedGroups.has(entry.group))
    .map(([emoji, { name, slug, group }]) => ({
      id: slug.replaceAll('_', '-'),
      name: name.toLowerCase(),
      group,
      keywords: (keywords[emoji] ?? [])
        .map((word) => word.replaceAll('_', ' ').toLowerCase())
        .filter((word) => word !== name.toLowerCase() && /^[a-z][a-z ]*$/.test(word)),
    }))
}
