// Draws everything that the autoencoder and the denoiser are trained on, once, at one size: a folder of `pictures.rgba` and `pictures.json`
// for each source, listed at the end. Clip art is drawn where Debian's openclipart-svg is installed or unpacked into the folder.
// node --conditions=patchbay-source --import tsx tools/training/draw_pictures.ts <folder> <size>
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { rasterizeSvg } from '../../packages/nodes/src/image/rasterize-svg.ts'
import {
  loadIconPictures,
  writePictures,
  type CaptionedPicture,
} from '../../packages/nodes/src/dataset/captioned-pictures.ts'
import { captionsOf } from '../../packages/nodes/src/dataset/captions.ts'
import { clipArtKinds, loadClipArt } from '../../packages/nodes/src/dataset/clip-art-pictures.ts'
import { conceptsOf, type Concept, type EmojiEntry } from '../../packages/nodes/src/dataset/concepts.ts'
import { loadFlagPictures } from '../../packages/nodes/src/dataset/flag-pictures.ts'
import { parseIconCollection, svgOf } from '../../packages/nodes/src/dataset/icon-collection.ts'
import { keywordPackage, namePackage } from '../../packages/nodes/src/dataset/icon-packages.ts'
import { fetchNpmPackage } from '../../packages/nodes/src/dataset/package-cache.ts'
import { splitOf } from '../../packages/nodes/src/dataset/split.ts'

const [cacheFolder, sizeText] = process.argv.slice(2)
const size = Number(sizeText)
if (!cacheFolder || !Number.isInteger(size) || size < 1) throw new Error('Usage: draw_pictures.ts <folder> <size>')

/** Draws one concept on a clear square, red, green and blue multiplied by alpha; undefined where the source has no drawing of it. */
type Draw = (concept: Concept, emoji: string) => Promise<Uint8Array | undefined>

/** Fluent's modelled emoji, 256 pixels each: art by Microsoft, MIT. */
const modelled = { name: '@lobehub/fluent-emoji-3d', version: '1.1.0' } as const
/** Outlined emoji with plain fills: Streamline, CC-BY-4.0, https://streamlinehq.com. */
const outlined = { name: '@iconify-json/streamline-emojis', version: '1.2.4' } as const

async function conceptsByEmoji(folder: string): Promise<readonly (readonly [string, Concept])[]> {
  const names = join(await fetchNpmPackage(namePackage, folder), 'data-by-emoji.json')
  const words = join(await fetchNpmPackage(keywordPackage, folder), 'dist', 'emoji-en-US.json')
  const entries = JSON.parse(await readFile(names, 'utf8')) as Record<string, EmojiEntry>
  const keywords = JSON.parse(await readFile(words, 'utf8')) as Record<string, string[]>
  return Object.entries(entries).flatMap(([emoji, entry]) =>
    conceptsOf({ [emoji]: entry }, keywords).map((concept) => [emoji, concept] as const),
  )
}

async function modelledDrawings(folder: string): Promise<Draw> {
  const source = join(await fetchNpmPackage(modelled, folder), 'assets')
  return async (_, emoji) => {
    const code = [...emoji].map((character) => (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')).join('-')
    const file = join(source, `${code}.webp`)
    if (!existsSync(file)) return undefined
    const pixels = await sharp(file).resize(size, size).ensureAlpha().toColourspace('srgb').raw().toBuffer()
    return pixels.map((value, i) => (i % 4 === 3 ? value : Math.round((value * (pixels[i - (i % 4) + 3] ?? 0)) / 255)))
  }
}

async function outlinedDrawings(folder: string): Promise<Draw> {
  const file = join(await fetchNpmPackage(outlined, folder), 'icons.json')
  const collection = parseIconCollection(JSON.parse(await readFile(file, 'utf8')), file)
  return async ({ id }) => {
    const svg = svgOf(collection, id) ?? svgOf(collection, `${id}-1`)
    return svg === undefined ? undefined : (await rasterizeSvg(svg, size)).pixels
  }
}

async function drawSource(folder: string, style: string, words: string, origin: object, draw: Draw): Promise<string> {
  const recipe = createHash('sha256')
    .update(JSON.stringify([size, style, words, origin]))
    .digest('hex')
  const target = join(folder, `${style}-${size}-${recipe.slice(0, 12)}`)
  if (existsSync(join(target, 'pictures.json'))) return target
  const pictures: CaptionedPicture[] = []
  const pixels: Uint8Array[] = []
  for (const [emoji, concept] of await conceptsByEmoji(folder)) {
    const drawing = await draw(concept, emoji)
    if (!drawing) continue
    const { id, group } = concept
    pixels.push(drawing)
    pictures.push({ concept: id, group, style, split: splitOf(id, style), captions: captionsOf(concept, words) })
  }
  await writePictures(target, pixels, pictures)
  return target
}

const folders = [
  (await loadIconPictures({ cacheFolder, size })).folder,
  await drawSource(cacheFolder, 'fluent-3d', '3d style', modelled, await modelledDrawings(cacheFolder)),
  await drawSource(cacheFolder, 'streamline', 'outline style', outlined, await outlinedDrawings(cacheFolder)),
  (await loadFlagPictures({ cacheFolder, size })).folder,
  await loadClipArt({ cacheFolder, size, kinds: clipArtKinds }).then(
    ({ folder }) => folder,
    (error: unknown) => {
      console.error(`No clip art: ${error instanceof Error ? error.message : String(error)}`)
      return undefined
    },
  ),
]
for (const folder of folders) if (folder !== undefined) console.log(folder)
