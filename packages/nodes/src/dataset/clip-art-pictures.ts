import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { rasterizeSvg } from '../image/rasterize-svg.ts'
import { readPictures, writePictures, type CaptionedPicture, type CaptionedPictures } from './captioned-pictures.ts'
import { defaultSplitRule, splitOf } from './split.ts'

/** Drawings that thousands of people gave to the public domain, as Debian packs them. */
export const clipArtPackage = { name: 'openclipart-svg', folder: '/usr/share/openclipart/svg' } as const

/**
 * The kinds of drawings that show things, by their folders in the package; buttons, shapes and logos are not among
 * them.
 */
export const clipArtKinds = [
  'animals',
  'buildings',
  'food',
  'people',
  'plants',
  'recreation',
  'tools',
  'transportation',
] as const

export interface ClipArtOptions {
  /** Drawn pictures are kept here; the package may be unpacked here too. */
  readonly cacheFolder: string
  readonly size: number
  readonly kinds: readonly string[]
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/** Raise when captions or drawing change, so that cached pictures are made again. */
const edition = 1

/**
 * The titled clip art of the public domain that is installed on this machine, in the order of its files: made once for
 * each size and kinds, then read from the cache. What has no title, another licence or cannot be drawn is left out.
 * @throws Error that says how to install the package, where there is none
 */
export async function loadClipArt(options: ClipArtOptions): Promise<CaptionedPictures> {
  const { cacheFolder, size, kinds, onProgress, signal } = options
  const digest = createHash('sha256')
    .update(JSON.stringify([edition, ...kinds].sort()))
    .digest('hex')
  const folder = join(cacheFolder, `clip-art-${size}-${digest.slice(0, 12)}`)
  if (existsSync(join(folder, 'pictures.json'))) return readPictures(folder, size)
  const source = placeOf(cacheFolder)
  const files = await drawingsIn(source, kinds)
  const pictures: CaptionedPicture[] = []
  const pixels: Uint8Array[] = []
  for (const [i, { kind, file }] of files.entries()) {
    signal?.throwIfAborted()
    onProgress?.(i, files.length)
    const svg = await readFile(file, 'utf8')
    const captions = clipArtCaptionsOf(svg)
    if (captions.length === 0) continue
    const drawn = await rasterizeSvg(svg, size).catch(() => undefined)
    if (!drawn) continue
    const concept = (captions[0] ?? '').replaceAll(/[^\p{L}\p{N}]+/gu, '-')
    const split = splitOf(concept, 'clip-art', defaultSplitRule)
    pixels.push(drawn.pixels)
    pictures.push({ concept, group: kind, style: 'clip-art', split, captions })
  }
  if (pictures.length === 0) {
    throw new Error(
      `"${source}" holds no titled drawing of ${kinds.join(', ')}: expected folders of SVG files, as ${clipArtPackage.name} has.`,
    )
  }
  await writePictures(folder, pixels, pictures)
  return readPictures(folder, size)
}

function placeOf(cacheFolder: string): string {
  const own = join(cacheFolder, 'openclipart/svg')
  const place = [own, clipArtPackage.folder].find((folder) => existsSync(folder))
  if (place !== undefined) return place
  throw new Error(
    `Clip art comes from the Debian package ${clipArtPackage.name}, which is not installed here. Install it (sudo apt-get install ` +
      `${clipArtPackage.name}), or unpack its ${clipArtPackage.folder} at "${own}".`,
  )
}

async function drawingsIn(
  source: string,
  kinds: readonly string[],
): Promise<readonly { readonly kind: string; readonly file: string }[]> {
  const found = []
  for (const kind of [...kinds].sort()) {
    const names = existsSync(join(source, kind)) ? await readdir(join(source, kind), { recursive: true }) : []
    const drawings = names.filter((name) => name.endsWith('.svg')).sort()
    found.push(...drawings.map((name) => ({ kind, file: join(source, kind, name) })))
  }
  return found
}

/**
 * Sentences for a drawing by the title and keywords inside it; none where it has no title of its own (some name their
 * maker there) or is not given to the public domain.
 */
export function clipArtCaptionsOf(svg: string): readonly string[] {
  if (!/<cc:license\s[^>]*(PublicDomain|publicdomain)/.test(svg)) return []
  const [first = '', ...others] = textsOf(svg, 'dc:title')
  const makers = new Set(others.map((other) => other.trim().toLowerCase()))
  const whole = first.replaceAll('_', ' ').replaceAll(/\s+/g, ' ').trim().toLowerCase()
  const title = whole
    .replace(/^clip ?art by .* - /, '')
    .replace(/\s*clip ?art$/, '')
    .replace(/[\s,#-]*\d+$/, '')
  if (!/\p{L}{2}/u.test(title) || makers.has(whole)) return []
  const keywords = textsOf(svg, 'rdf:li').map((word) => word.trim().toLowerCase())
  // Some programs wrote "hash" for a list, some people all words without a space.
  const says = (word: string): boolean =>
    word !== '' && word !== 'hash' && word.length <= 20 && !title.includes(word) && !makers.has(word)
  const more = [...new Set(keywords)].filter(says).slice(0, 3)
  return [
    title,
    `${title}, clip art`,
    `a drawing of ${title}`,
    ...(more.length > 0 ? [`${title}, ${more.join(', ')}, clip art`] : []),
  ]
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function textsOf(svg: string, element: string): readonly string[] {
  return [...svg.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))].map(([, text = '']) =>
    text.replaceAll(/&(\w+);/g, (whole, name: string) => named[name] ?? whole),
  )
}
