import { createAvatar } from '@dicebear/core'
import * as lorelei from '@dicebear/lorelei'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { rasterizeSvg } from '../image/rasterize-svg.ts'
import { uniformSource } from '../random/uniform-source.ts'
import { readPictures, writePictures, type CaptionedPicture, type CaptionedPictures } from './captioned-pictures.ts'
import { defaultSplitRule, splitOf } from './split.ts'

export interface FacePictureOptions {
  /** Drawn pictures are kept here. */
  readonly cacheFolder: string
  readonly size: number
  readonly count: number
  /** Another seed, other faces. */
  readonly seed: number
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/** What is told of a face; what its parts look like besides is drawn by lot. */
export interface Face {
  readonly mood: 'happy' | 'sad'
  readonly hair: keyof typeof hairColors
  readonly wears: readonly (keyof typeof extras)[]
}

const hairColors = { black: '1c1a1a', brown: '6b4423', blond: 'e3bd62', red: 'b5482a', grey: 'a6a6a6' } as const
const skinColors = ['ffe0cc', 'f2c6a0', 'd9a066', 'a86b3c', '6e4424'] as const
/** Parts that a face may have, with how many of ten have them. */
const extras = {
  glasses: { words: 'glasses', often: 3 },
  beard: { words: 'a beard', often: 2 },
  earrings: { words: 'earrings', often: 3 },
  freckles: { words: 'freckles', often: 2 },
  hairAccessories: { words: 'flowers in the hair', often: 1 },
} as const
const extraNames = Object.keys(extras) as (keyof typeof extras)[]

/** Raise when faces, captions or drawing change, so that cached pictures are made again. */
const edition = 1

/**
 * Faces made up of parts by DiceBear in Lisa Wischofsky's style Lorelei (CC0, attributed in NOTICE), with captions of
 * their mood, hair and what they wear: as many as one wants, the same for a seed. Drawn once for each size, then read
 * from the cache.
 */
export async function loadFacePictures(options: FacePictureOptions): Promise<CaptionedPictures> {
  const { cacheFolder, size, count, seed, onProgress, signal } = options
  const folder = join(cacheFolder, `faces-${size}-${count}-${seed}-${edition}`)
  if (existsSync(join(folder, 'pictures.json'))) return readPictures(folder, size)
  const draw = uniformSource(seed)
  const pictures: CaptionedPicture[] = []
  const pixels: Uint8Array[] = []
  for (let i = 0; i < count; i++) {
    signal?.throwIfAborted()
    onProgress?.(i, count)
    const face = drawFace(draw)
    pixels.push((await rasterizeSvg(svgOf(face, draw), size)).pixels)
    const concept = `face-${seed}-${i}`
    const split = splitOf(concept, 'lorelei', defaultSplitRule)
    pictures.push({ concept, group: 'Faces', style: 'lorelei', split, captions: faceCaptionsOf(face) })
  }
  await writePictures(folder, pixels, pictures)
  return readPictures(folder, size)
}

function drawFace(draw: () => number): Face {
  const hairs = Object.keys(hairColors) as Face['hair'][]
  return {
    mood: draw() < 0.5 ? 'happy' : 'sad',
    hair: hairs[Math.floor(draw() * hairs.length)] ?? 'black',
    wears: extraNames.filter((name) => draw() * 10 < extras[name].often),
  }
}

function svgOf({ mood, hair, wears }: Face, draw: () => number): string {
  const one = <Choice>(choices: readonly Choice[]): Choice[] =>
    choices.slice(Math.floor(draw() * choices.length)).slice(0, 1)
  const variants = (part: 'hair' | 'head' | 'eyes' | 'eyebrows' | 'nose' | 'glasses' | 'beard' | 'earrings') =>
    one(choicesOf(part))
  const has = (name: keyof typeof extras) => (wears.includes(name) ? 100 : 0)
  const hairColor = [hairColors[hair]]
  return createAvatar(lorelei, {
    hair: variants('hair'),
    head: variants('head'),
    eyes: variants('eyes'),
    eyebrows: variants('eyebrows'),
    nose: variants('nose'),
    glasses: variants('glasses'),
    beard: variants('beard'),
    earrings: variants('earrings'),
    mouth: one(choicesOf('mouth').filter((mouth) => mouth.startsWith(mood))),
    hairColor,
    eyebrowsColor: hairColor,
    skinColor: one(skinColors),
    glassesProbability: has('glasses'),
    beardProbability: has('beard'),
    earringsProbability: has('earrings'),
    frecklesProbability: has('freckles'),
    hairAccessoriesProbability: has('hairAccessories'),
    hairAccessoriesColor: ['c2185b'],
  } as Parameters<typeof createAvatar<lorelei.Options>>[1]).toString()
}

/** The variants that the style has of a part. */
function choicesOf(part: string): readonly string[] {
  const declared = lorelei.schema.properties?.[part]
  const items = typeof declared === 'object' && typeof declared.items === 'object' ? declared.items : {}
  return 'enum' in items && Array.isArray(items.enum) ? items.enum.map(String) : []
}

/** Sentences for a face; the first tells all, the others less. */
export function faceCaptionsOf({ mood, hair, wears }: Face): readonly string[] {
  const parts = [`${hair} hair`, ...wears.map((name) => extras[name].words)]
  const all = parts.length > 1 ? `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}` : (parts[0] ?? '')
  return [
    `a ${mood} face with ${all}`,
    `a ${mood} face`,
    `a ${mood === 'happy' ? 'smiling' : 'frowning'} face with ${hair} hair`,
    `a drawing of a face with ${all}, line style`,
  ]
}
