import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { rasterizeSvg } from '../image/rasterize-svg.ts'
import { readPictures, writePictures, type CaptionedPicture, type CaptionedPictures } from './captioned-pictures.ts'
import { fetchNpmPackage } from './package-cache.ts'
import { defaultSplitRule, splitOf } from './split.ts'

/** Drawn flags with the names of their places: MIT, attributed in NOTICE. */
export const flagPackage = { name: 'flag-icons', version: '7.5.0' } as const

export interface FlagPictureOptions {
  /** The fetched package and drawn pictures are kept here. */
  readonly cacheFolder: string
  readonly size: number
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

interface Flag {
  readonly name: string
  /** The drawing, within the package. */
  readonly flag_4x3: string
  readonly continent?: string
}

/** Raise when captions or drawing change, so that cached pictures are made again. */
const edition = 1

/**
 * The captioned flags, three high by four wide on a clear square: made once for each size, then read from the cache.
 */
export async function loadFlagPictures(options: FlagPictureOptions): Promise<CaptionedPictures> {
  const { cacheFolder, size, onProgress, signal } = options
  const folder = join(cacheFolder, `flags-${size}-${flagPackage.version}-${edition}`)
  if (existsSync(join(folder, 'pictures.json'))) return readPictures(folder, size)
  const source = await fetchNpmPackage(flagPackage, cacheFolder, signal)
  const file = join(source, 'country.json')
  const flags = parseFlags(JSON.parse(await readFile(file, 'utf8')), file)
  const pictures: CaptionedPicture[] = []
  const pixels: Uint8Array[] = []
  for (const [i, { name, flag_4x3, continent }] of flags.entries()) {
    signal?.throwIfAborted()
    onProgress?.(i, flags.length)
    pixels.push((await rasterizeSvg(await readFile(join(source, flag_4x3), 'utf8'), size)).pixels)
    const concept = `flag-${name
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]+/gu, '-')
      .replaceAll(/^-|-$/g, '')}`
    const split = splitOf(concept, 'flags', defaultSplitRule)
    pictures.push({ concept, group: continent ?? 'Other', style: 'flags', split, captions: flagCaptionsOf(name) })
  }
  await writePictures(folder, pixels, pictures)
  return readPictures(folder, size)
}

/**
 * Throws a sentence naming `source` when the parsed JSON lists no flags. The placeholder for an unknown place is left
 * out.
 */
function parseFlags(json: unknown, source: string): readonly Flag[] {
  const flags: unknown[] = Array.isArray(json) ? json : []
  const wrong = flags.findIndex((flag) => !isFlag(flag))
  if (flags.length === 0 || wrong >= 0) {
    throw new Error(
      `"${source}" lists no flags${wrong >= 0 ? ` (entry ${wrong})` : ''}: expected an array of objects with "name" and "flag_4x3", as ${flagPackage.name}@${flagPackage.version} has.`,
    )
  }
  return flags.filter(isFlag).filter(({ name }) => name !== 'Unknown')
}

function isFlag(value: unknown): value is Flag {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'flag_4x3' in value &&
    typeof value.flag_4x3 === 'string'
  )
}

/** Places that people name with "the". */
const withArticle =
  /^(?!south georgia|heard island).*\b(islands|republic|territory|territories|community|agreement)$|^(united|republic|democratic republic|federated|state of|isle of|league|association|bahamas|gambia|netherlands|philippines|maldives|comoros|seychelles|vatican)\b/i

/**
 * Sentences for the flag of a place as the package names it, such as "Virgin Islands (U.S.)"; the first is the
 * plainest.
 */
export function flagCaptionsOf(name: string): readonly string[] {
  const spoken = name.replace(/^(.*) \((.*)\)$/, '$2 $1')
  const place = withArticle.test(spoken) ? `the ${spoken}` : spoken
  return [
    `flag of ${place}`,
    `the flag of ${place}`,
    `${spoken} flag`,
    `a picture of the flag of ${place}`,
    `a drawing of the flag of ${place}, flat style`,
  ]
}
