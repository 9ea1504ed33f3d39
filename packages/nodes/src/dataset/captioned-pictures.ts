import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { rasterizeSvg } from '../image/rasterize-svg.ts'
import { captionsOf } from './captions.ts'
import { loadConcepts } from './concepts.ts'
import type { Dataset } from './dataset.ts'
import { parseIconCollection, svgOf } from './icon-collection.ts'
import { iconPackages, keywordPackage, namePackage, type IconPackage } from './icon-packages.ts'
import { fetchNpmPackage } from './package-cache.ts'
import { defaultSplitRule, splitOf, type Split, type SplitRule } from './split.ts'

/** What is known of one picture; picture `i` occupies bytes `i · size² · 4` onward of the pixels. */
export interface CaptionedPicture {
  readonly concept: string
  readonly group: string
  readonly style: string
  readonly split: Split
  readonly captions: readonly string[]
}

export interface CaptionedPictures {
  readonly size: number
  /** Red, green and blue multiplied by alpha, and alpha: [pictures, size, size, 4]. */
  readonly pixels: Uint8Array
  readonly pictures: readonly CaptionedPicture[]
  /** Where the two files lie: `pictures.rgba` and `pictures.json`. */
  readonly folder: string
}

export interface IconPictureOptions {
  /** Fetched packages and drawn pictures are kept here. */
  readonly cacheFolder: string
  readonly size: number
  readonly packages?: readonly IconPackage[]
  readonly splitRule?: SplitRule
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/** Raise when captions, concepts or drawing change, so that cached pictures are made again. */
const edition = 1

/**
 * The captioned picture set drawn from icon packages: made once for each size, packages and split, then read from the
 * cache.
 */
export async function loadIconPictures(options: IconPictureOptions): Promise<CaptionedPictures> {
  const { cacheFolder, size, packages = iconPackages, splitRule = defaultSplitRule } = options
  const recipe = JSON.stringify([edition, size, packages, splitRule, namePackage, keywordPackage])
  const folder = join(cacheFolder, `pictures-${size}-${createHash('sha256').update(recipe).digest('hex').slice(0, 12)}`)
  if (!existsSync(join(folder, 'pictures.json'))) await draw({ ...options, packages, splitRule }, folder)
  return readPictures(folder, size)
}

/** The set that `writePictures` left in the folder. */
export async function readPictures(folder: string, size: number): Promise<CaptionedPictures> {
  return {
    size,
    folder,
    pixels: new Uint8Array(await readFile(join(folder, 'pictures.rgba'))),
    pictures: JSON.parse(await readFile(join(folder, 'pictures.json'), 'utf8')) as CaptionedPicture[],
  }
}

/** Keeps drawn pictures, [size, size, 4] each, with what is known of them. */
export async function writePictures(
  folder: string,
  pixels: readonly Uint8Array[],
  pictures: readonly CaptionedPicture[],
): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'pictures.rgba'), Buffer.concat(pixels))
  // The index is moved into place last: where it exists, the set is whole.
  const index = join(folder, 'pictures.json')
  await writeFile(`${index}.part`, JSON.stringify(pictures))
  await rename(`${index}.part`, index)
}

async function draw(
  options: IconPictureOptions & Required<Pick<IconPictureOptions, 'packages' | 'splitRule'>>,
  folder: string,
): Promise<void> {
  const { cacheFolder, size, packages, splitRule, onProgress, signal } = options
  const concepts = await loadConcepts(cacheFolder, signal)
  const pictures: CaptionedPicture[] = []
  const pixels: Uint8Array[] = []
  for (const [position, source] of packages.entries()) {
    const file = join(await fetchNpmPackage(source, cacheFolder, signal), 'icons.json')
    const collection = parseIconCollection(JSON.parse(await readFile(file, 'utf8')), file)
    for (const [i, concept] of concepts.entries()) {
      signal?.throwIfAborted()
      onProgress?.(position * concepts.length + i, packages.length * concepts.length)
      const svg = svgOf(collection, concept.id)
      if (svg === undefined) continue
      pixels.push((await rasterizeSvg(svg, size)).pixels)
      pictures.push({
        concept: concept.id,
        group: concept.group,
        style: source.style,
        split: splitOf(concept.id, source.style, splitRule),
        captions: captionsOf(concept, source.styleWords),
      })
    }
  }
  await writePictures(folder, pixels, pictures)
}

/** The pictures as a data set to train on, with what is known of each. */
export function datasetOfIcons({ size, pixels, pictures }: CaptionedPictures, title = 'emoji'): Dataset {
  const known = pictures.map(({ concept, style, captions }, row) => ({ row, concept, style, captions }))
  return { title, size, pixels, pictures: known, augmentation: {} }
}
