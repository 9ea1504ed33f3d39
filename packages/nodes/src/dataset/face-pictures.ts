import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { rasterizeSvg } from '../image/rasterize-svg.ts'
import { uniformSource } from '../random/uniform-source.ts'
import { readPictures, writePictures, type CaptionedPicture, type CaptionedPictures } from './captioned-pictures.ts'
import { faceByLot, faceCaptionsOf, faceSvg, type FaceExpression, type FaceView } from './face-drawing.ts'
import { defaultSplitRule, splitOf } from './split.ts'

export interface FacePictureOptions {
  /** Drawn pictures are kept here. */
  readonly cacheFolder: string
  readonly size: number
  readonly count: number
  /** Another seed, other faces. */
  readonly seed: number
  /** The whole head, which is the default, or the face close up. */
  readonly view?: FaceView
  /** A mouth of the style, which is the default, or one drawn by numbers. */
  readonly expression?: FaceExpression
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

/** Raise when faces, captions or drawing change, so that cached pictures are made again. */
const edition = 1

/**
 * Faces made up of parts by DiceBear in Lisa Wischofsky's style Lorelei (CC0, attributed in NOTICE), with captions of
 * their mood, hair and what they wear: as many as one wants, the same for a seed. Drawn once for each size, then read
 * from the cache.
 */
export async function loadFacePictures(options: FacePictureOptions): Promise<CaptionedPictures> {
  const { cacheFolder, size, count, seed, view = 'whole', expression = 'lorelei', onProgress, signal } = options
  const kind = `${view === 'close' ? 'close-' : ''}${expression === 'drawn' ? 'drawn-' : ''}`
  const folder = join(cacheFolder, `faces-${kind}${size}-${count}-${seed}-${edition}`)
  if (existsSync(join(folder, 'pictures.json'))) return readPictures(folder, size)
  const draw = uniformSource(seed)
  const pictures: CaptionedPicture[] = []
  const pixels: Uint8Array[] = []
  for (let i = 0; i < count; i++) {
    signal?.throwIfAborted()
    onProgress?.(i, count)
    const face = faceByLot(draw, expression)
    pixels.push((await rasterizeSvg(faceSvg(face, view), size)).pixels)
    const concept = `face-${seed}-${i}`
    const split = splitOf(concept, 'lorelei', defaultSplitRule)
    pictures.push({ concept, group: 'Faces', style: 'lorelei', split, captions: faceCaptionsOf(face) })
  }
  await writePictures(folder, pixels, pictures)
  return readPictures(folder, size)
}
