import sharp, { type Sharp } from 'sharp'
import type { Size } from './fit-picture.ts'
import { openPicture, withPictures } from './open-picture.ts'

/** Distorted, cut, or with the pixels of its edges drawn out into the margin. */
export type Fitting = 'stretch' | 'cut' | 'extend'
export interface Region extends Size {
  readonly x: number
  readonly y: number
}
/** One byte a pixel: 255 where a picture is made anew. */
export interface PaintedMask extends Size {
  readonly values: Buffer
}

/** A picture of a request as an opaque PNG, upright, white where it was transparent. */
export const opaquePicture = (bytes: Buffer, pixelLimit: number): Promise<{ png: Buffer } & Size> =>
  withPictures(async () => {
    const { data, info } = await openPicture(bytes, pixelLimit)
      .rotate()
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      .png()
      .toBuffer({ resolveWithObject: true })
    return { png: data, width: info.width, height: info.height }
  })

/** A PNG at another size. */
export async function fittedPicture(png: Buffer, size: Size, fitting: Fitting): Promise<Buffer> {
  return (await fitted(sharp(png), await sizeOf(png), size, fitting)).png().toBuffer()
}

async function fitted(picture: Sharp, own: Size, { width, height }: Size, fitting: Fitting): Promise<Sharp> {
  if (fitting !== 'extend') return picture.resize(width, height, { fit: fitting === 'cut' ? 'cover' : 'fill' })
  const factor = Math.min(width / own.width, height / own.height)
  const [across, down] = [own.width, own.height].map((side) => Math.max(1, Math.round(side * factor)))
  const inside = { width: Math.min(across ?? 1, width), height: Math.min(down ?? 1, height) }
  const [left, top] = [Math.floor((width - inside.width) / 2), Math.floor((height - inside.height) / 2)]
  return picture
    .resize(inside.width, inside.height, { fit: 'fill' })
    .extend({ left, top, right: width - inside.width - left, bottom: height - inside.height - top, extendWith: 'copy' })
}

export const croppedPicture = (png: Buffer, { x, y, width, height }: Region): Promise<Buffer> =>
  sharp(png).extract({ left: x, top: y, width, height }).png().toBuffer()

async function sizeOf(png: Buffer): Promise<Size> {
  const { width, height } = await sharp(png).metadata()
  return { width, height }
}

/**
 * The mask of a request at a size: its transparency where it has any, else how light it is. `hard` leaves nothing
 * between the two.
 */
export const paintedMask = (
  bytes: Buffer,
  size: Size,
  { inverted, hard }: { readonly inverted: boolean; readonly hard: boolean },
  pixelLimit: number,
): Promise<PaintedMask> =>
  withPictures(async () => {
    const picture = openPicture(bytes, pixelLimit)
    const { hasAlpha } = await picture.metadata()
    const isSeeThrough = hasAlpha && !(await openPicture(bytes, pixelLimit).stats()).isOpaque
    const shown = isSeeThrough ? picture.ensureAlpha().extractChannel(3) : picture.flatten().greyscale()
    const raw = await shown.toColourspace('b-w').resize(size.width, size.height, { fit: 'fill' }).raw().toBuffer()
    const values = raw.map((value: number) => {
      const held = hard ? (value > 128 ? 255 : 0) : value
      return inverted ? 255 - held : held
    })
    return { ...size, values: Buffer.from(values) }
  })

const rawOf = ({ width, height }: Size) => ({ raw: { width, height, channels: 1 as const } })

/** Softened by a Gaussian of these widths (standard deviations), in pixels; 0 leaves it as it is. */
export async function softenedMask(mask: PaintedMask, across: number, down: number): Promise<PaintedMask> {
  let { values } = mask
  for (const [sigma, isAcross] of [
    [across, true],
    [down, false],
  ] as const) {
    const radius = Math.floor(2.5 * sigma + 0.5)
    if (radius < 1) continue
    const kernel = Array.from({ length: 2 * radius + 1 }, (_, at) => Math.exp(-((at - radius) ** 2) / (2 * sigma ** 2)))
    // A kernel has at least three rows and columns.
    const zeros = kernel.map(() => 0)
    const shape = isAcross
      ? { width: kernel.length, height: 3, kernel: [...zeros, ...kernel, ...zeros] }
      : { width: 3, height: kernel.length, kernel: kernel.flatMap((weight) => [0, weight, 0]) }
    values = await sharp(values, rawOf(mask)).convolve(shape).toColourspace('b-w').raw().toBuffer()
  }
  return { ...mask, values }
}

export async function fittedMask(mask: PaintedMask, size: Size, fitting: Fitting): Promise<PaintedMask> {
  const picture = await fitted(sharp(mask.values, rawOf(mask)), mask, size, fitting)
  return { ...size, values: await picture.toColourspace('b-w').raw().toBuffer() }
}

export async function croppedMask(mask: PaintedMask, { x, y, width, height }: Region): Promise<PaintedMask> {
  const picture = sharp(mask.values, rawOf(mask)).extract({ left: x, top: y, width, height })
  return { width, height, values: await picture.toColourspace('b-w').raw().toBuffer() }
}

/** Each value changed, such as `(value) => Math.min(255, 2 * value)`. */
export const changedMask = (mask: PaintedMask, change: (value: number) => number): PaintedMask => ({
  ...mask,
  values: Buffer.from(mask.values.map(change)),
})

/** As a picture that is transparent where the mask is 255: what LoadImage reads as that mask. */
export async function maskPicture({ width, height, values }: PaintedMask): Promise<Buffer> {
  const black = { create: { width, height, channels: 3, background: 'black' } } as const
  const alpha = Buffer.from(values.map((value) => 255 - value))
  return sharp(black)
    .joinChannel(alpha, { raw: { width, height, channels: 1 } })
    .png()
    .toBuffer()
}

/**
 * The smallest region with all that is masked and a margin around it, made wider or higher up to the proportions that
 * are asked for, as far as the picture allows. Undefined where nothing is masked.
 */
export function regionOfMask(mask: PaintedMask, padding: number, proportions: Size): Region | undefined {
  let [left, top, right, bottom] = [mask.width, mask.height, -1, -1]
  for (let y = 0; y < mask.height; y++) {
    for (let x = 0; x < mask.width; x++) {
      if (mask.values[y * mask.width + x] === 0) continue
      left = Math.min(left, x)
      right = Math.max(right, x)
      top = Math.min(top, y)
      bottom = Math.max(bottom, y)
    }
  }
  if (right < 0) return undefined
  const within = (from: number, to: number, most: number) => [
    Math.max(0, from - padding),
    Math.min(most, to + 1 + padding),
  ]
  const [x1 = 0, x2 = 0] = within(left, right, mask.width)
  const [y1 = 0, y2 = 0] = within(top, bottom, mask.height)
  const ratio = proportions.width / proportions.height
  const isHigh = (x2 - x1) / (y2 - y1) < ratio
  const [x, width] = isHigh ? widened(x1, x2, Math.round((y2 - y1) * ratio), mask.width) : [x1, x2 - x1]
  const [y, height] = isHigh ? [y1, y2 - y1] : widened(y1, y2, Math.round((x2 - x1) / ratio), mask.height)
  return { x, y, width, height }
}

/** A stretch made longer on both sides, moved where it would leave what there is. */
function widened(from: number, to: number, wanted: number, most: number): [start: number, length: number] {
  const length = Math.min(most, Math.max(to - from, wanted))
  const start = Math.round((from + to - length) / 2)
  return [Math.max(0, Math.min(most - length, start)), length]
}

/**
 * What is masked filled from around it: averages over larger and larger squares of what is known, laid under one
 * another (Gortler et al. 1996, §3.4.1, pull and push).
 */
export async function filledPicture(png: Buffer, mask: PaintedMask): Promise<Buffer> {
  const colours = await sharp(png).removeAlpha().toColourspace('srgb').raw().toBuffer()
  const { data, info } = await sharp(colours, { raw: { width: mask.width, height: mask.height, channels: 3 } })
    .joinChannel(Buffer.from(mask.values.map((value) => 255 - value)), rawOf(mask))
    .raw()
    .toBuffer({ resolveWithObject: true })
  const shapeOf = ({ width, height }: Size) => ({ raw: { width, height, channels: 4 as const } })
  const levels = [{ width: info.width, height: info.height, data }]
  for (let level = levels[0]; level && Math.max(level.width, level.height) > 1; level = levels.at(-1)) {
    const [width, height] = [Math.ceil(level.width / 2), Math.ceil(level.height / 2)]
    const half = sharp(level.data, shapeOf(level)).resize(width, height, { fit: 'fill', kernel: 'linear' })
    levels.push({ width, height, data: await half.raw().toBuffer() })
  }
  let below = levels.pop()
  for (const level of levels.reverse()) {
    if (!below) break
    const { width, height } = level
    const wide = await sharp(below.data, shapeOf(below))
      .resize(width, height, { fit: 'fill', kernel: 'linear' })
      .raw()
      .toBuffer()
    const laid = sharp(wide, shapeOf(level)).composite([{ input: level.data, ...shapeOf(level) }])
    below = { width, height, data: await laid.raw().toBuffer() }
  }
  return sharp(below?.data ?? data, shapeOf(below ?? info))
    .removeAlpha()
    .png()
    .toBuffer()
}
