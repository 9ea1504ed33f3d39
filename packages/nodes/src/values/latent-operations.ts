import { float32, type Tensor, numberAt } from '@patchbay/onnx/tensor'
import { roundHalfToEven } from '../maths/rounding.ts'
import { resample, resampleMethods } from '../image/resample.ts'
import { bislerp } from '../image/interpolation/bislerp.ts'
import { cropImage, flipImage, turnImage, type Rectangle } from '../image/geometry.ts'
import { sum, concatBatch, hasSameShape, mix, reshape } from '../tensor/index.ts'
import { repeatBatch } from '../tensor/batch.ts'
import { pickBatch, rangeInBatch } from '../tensor/pick-batch.ts'
import { cutToShape, narrowed } from '../image/interpolation/cut-to-shape.ts'
import { interpolate } from '../image/interpolation/interpolate.ts'
import { latentMask } from './latent-mask.ts'
import { sizeOfLatents, type Latents } from './latents.ts'

/**
 * Another tensor in the place of the latents' own. What belonged to a run that was not over belongs to them no more.
 */
function withTensor(latents: Latents, tensor: Tensor): Latents {
  const { run: _, ...rest } = latents
  return { ...rest, tensor }
}

/** Latents whose size was chosen: no side of it is the model's any more. */
function withOwnSize({ openSides: _, ...latents }: Latents): Latents {
  return latents
}

/** An operation on pictures of one channel, for each channel of each item; a mask of the old shape goes. */
function eachPlane(latents: Latents, change: (planes: Tensor) => Tensor): Latents {
  const { batch, channels, height, width } = sizeOfLatents(latents.tensor)
  const { shape, data } = change(reshape(latents.tensor, [batch * channels, height, width]))
  const { noiseMask: _, ...rest } = withTensor(latents, float32([batch, channels, ...shape.slice(1)], data))
  return withOwnSize(rest)
}

/** How latents are resized; `bislerp` turns the direction of the channels from one neighbour to the other. */
export const latentResizeMethods = [...resampleMethods, 'bislerp'] as const
export type LatentResizeMethod = (typeof latentResizeMethods)[number]

/** The smallest side that ComfyUI gives latents which it brings to a size, in pixels. */
const comfyLeast = 64

/**
 * In a size of the picture that the latents stand for as ComfyUI resizes: single samples when shrinking, and no side
 * below 64 pixels. A side of 0 follows from the proportions; with both 0 nothing changes. `isCut` cuts the middle to
 * the proportions of the size before.
 */
export function resizeLatentsAsComfy(
  latents: Latents,
  { width, height }: { readonly width: number; readonly height: number },
  method: LatentResizeMethod,
  isCut = false,
): Latents {
  if (width === 0 && height === 0) return latents
  const own = sizeOfLatents(latents.tensor)
  const least = (pixels: number) => Math.max(comfyLeast, pixels)
  const [wide, tall] = [least(width), least(height)]
  const size = {
    width: width > 0 ? wide : least(roundHalfToEven((own.width * tall) / own.height)),
    height: height > 0 ? tall : least(roundHalfToEven((own.height * wide) / own.width)),
  }
  const cells = {
    width: Math.max(1, Math.floor(size.width / latents.scale)),
    height: Math.max(1, Math.floor(size.height / latents.scale)),
  }
  return withOwnSize(
    withTensor(latents, sized(isCut ? cutToShape(latents.tensor, 2, cells) : latents.tensor, cells, method)),
  )
}

export function scaleLatentsAsComfy(latents: Latents, factor: number, method: LatentResizeMethod): Latents {
  const { height, width } = sizeOfLatents(latents.tensor)
  const scaled = (length: number) => Math.max(1, roundHalfToEven(length * factor))
  return withOwnSize(
    withTensor(latents, sized(latents.tensor, { width: scaled(width), height: scaled(height) }, method)),
  )
}

function sized(tensor: Tensor, size: { width: number; height: number }, method: LatentResizeMethod): Tensor {
  if (method === 'bislerp') return bislerp(tensor, size)
  return method === 'lanczos' ? resample(tensor, 2, size, method) : interpolate(tensor, 2, size, method)
}

/** In a size of the picture that the latents stand for, in pixels; a side of 0 follows from the proportions. */
export function resizeLatents(
  latents: Latents,
  { width, height }: { readonly width: number; readonly height: number },
  method: LatentResizeMethod,
): Latents {
  const own = sizeOfLatents(latents.tensor)
  const cells = (pixels: number) => Math.max(1, Math.round(pixels / latents.scale))
  const size = {
    width: cells(width || (height ? (own.width * height) / own.height : own.width * latents.scale)),
    height: cells(height || (width ? (own.height * width) / own.width : own.height * latents.scale)),
  }
  const resized = method === 'bislerp' ? bislerp(latents.tensor, size) : resample(latents.tensor, 2, size, method)
  return withOwnSize(withTensor(latents, resized))
}

export function scaleLatents(latents: Latents, factor: number, method: LatentResizeMethod): Latents {
  const { height, width } = sizeOfLatents(latents.tensor)
  const size = { width: width * factor * latents.scale, height: height * factor * latents.scale }
  return resizeLatents(latents, size, method)
}

/** A rectangle in pixels of the picture. */
export function cropLatents(latents: Latents, { x, y, width, height }: Rectangle): Latents {
  const cells = (pixels: number) => Math.round(pixels / latents.scale)
  const rectangle = { x: cells(x), y: cells(y), width: Math.max(1, cells(width)), height: Math.max(1, cells(height)) }
  return eachPlane(latents, (planes) => cropImage(planes, rectangle))
}

export function flipLatents(latents: Latents, direction: 'horizontal' | 'vertical'): Latents {
  return eachPlane(latents, (planes) => flipImage(planes, direction))
}

export function turnLatents(latents: Latents, quarters: number): Latents {
  return eachPlane(latents, (planes) => turnImage(planes, quarters))
}

/**
 * The sum a · x + b · y, the sizes of both being the same; one y serves all of a batch of x. Throws a RangeError that
 * names them otherwise.
 */
export function combineLatents(a: number, x: Latents, b: number, y: Latents): Latents {
  const batch = x.tensor.shape[0] ?? 1
  const other = y.tensor.shape[0] === 1 && batch > 1 ? repeatBatch(y.tensor, batch) : y.tensor
  if (!hasSameShape(x.tensor.shape, other.shape)) {
    throw new RangeError(
      `Latents that are combined need one shape, but got [${x.tensor.shape.join(', ')}] and [${y.tensor.shape.join(', ')}]`,
    )
  }
  return withTensor(
    x,
    sum([
      [a, x.tensor],
      [b, other],
    ]),
  )
}

/**
 * From x (0) to y (1) by direction and by length apart, each place of the picture by itself: the length of the
 * channels of a mix is the mix of their lengths, so that a blend of two noises is no weaker than they are.
 */
export function interpolateLatents(x: Latents, y: Latents, amount: number): Latents {
  const mixed = combineLatents(1 - amount, unit(x), amount, unit(y))
  const { batch, channels, height, width } = sizeOfLatents(x.tensor)
  const [own, other] = [lengthsOf(x.tensor), lengthsOf(y.tensor)]
  const data = unit(mixed).tensor.data.slice()
  const plane = height * width
  for (let i = 0; i < data.length; i++) {
    const at = Math.floor(i / (channels * plane)) * plane + (i % plane)
    data[i] = numberAt(data, i) * ((1 - amount) * numberAt(own, at) + amount * numberAt(other, at))
  }
  return withTensor(x, float32([batch, channels, height, width], data))
}

/** The length of the channels at each place: [batch · height · width]. */
function lengthsOf(tensor: Tensor): Float32Array {
  const { batch, channels, height, width } = sizeOfLatents(tensor)
  const plane = height * width
  const squares = new Float32Array(batch * plane)
  for (const [i, value] of tensor.data.entries()) {
    const at = Math.floor(i / (channels * plane)) * plane + (i % plane)
    squares[at] = numberAt(squares, at) + value * value
  }
  return squares.map(Math.sqrt)
}

/** With channels of length 1 at each place; nothing stays nothing. */
function unit(latents: Latents): Latents {
  const { channels, height, width } = sizeOfLatents(latents.tensor)
  const lengths = lengthsOf(latents.tensor)
  const plane = height * width
  const data = latents.tensor.data.map((value, i) => {
    const length = numberAt(lengths, Math.floor(i / (channels * plane)) * plane + (i % plane))
    return length === 0 ? 0 : value / length
  })
  return withTensor(latents, float32(latents.tensor.shape, data))
}

export function multiplyLatents(latents: Latents, factor: number): Latents {
  return withTensor(
    latents,
    float32(
      latents.tensor.shape,
      latents.tensor.data.map((value) => value * factor),
    ),
  )
}

/**
 * Batches joined into one: those of another size are cut to the proportions of the first, and brought to its size.
 * Throws a RangeError for latents of different channels.
 */
export function batchLatents(all: readonly Latents[]): Latents {
  const [first] = all
  if (!first) throw new RangeError('A batch is made of at least one set of latents')
  const size = sizeOfLatents(first.tensor)
  const tensors = all.map(({ tensor }) => interpolate(cutToShape(tensor, 2, size), 2, size, 'bilinear'))
  const { frames: _, ...rest } = withTensor(first, concatBatch(tensors))
  return { ...rest, places: all.flatMap(placesOf), ...framesOfAll(all) }
}

/** The length of clips that are put into one batch, which they have to share. */
function framesOfAll(all: readonly Latents[]): Pick<Latents, 'frames'> {
  const lengths = [...new Set(all.map(({ frames }) => frames))]
  const [frames] = lengths
  if (lengths.length > 1) {
    const told = lengths.map((length) => (length === undefined ? 'pictures' : `clips of ${length} frames`))
    throw new RangeError(`One batch holds clips of one length, but got ${told.join(' and ')}`)
  }
  return frames === undefined ? {} : { frames }
}

/**
 * Latents beside each other, or one below the other; fewer of a batch begin anew. Throws a RangeError where sides
 * differ.
 */
export function joinLatents(first: Latents, second: Latents, direction: 'right' | 'down'): Latents {
  const [own, other] = [sizeOfLatents(first.tensor), sizeOfLatents(second.tensor)]
  const isRight = direction === 'right'
  if (own.channels !== other.channels || (isRight ? own.height !== other.height : own.width !== other.width)) {
    throw new RangeError(
      `Latents of [${first.tensor.shape.join(', ')}] and [${second.tensor.shape.join(', ')}] have no side in common to be joined at`,
    )
  }
  const beside = Array.from({ length: own.batch }, (_, k) => pickBatch(second.tensor, k % other.batch, 1))
  const right = concatBatch(beside)
  const [rows, across] = isRight ? [own.channels * own.height, own.width] : [own.channels, own.height * own.width]
  const more = right.data.length / (own.batch * rows)
  const data = new Float32Array(first.tensor.data.length + right.data.length)
  for (let row = 0; row < own.batch * rows; row++) {
    data.set(first.tensor.data.subarray(row * across, (row + 1) * across), row * (across + more))
    data.set(right.data.subarray(row * more, (row + 1) * more), row * (across + more) + across)
  }
  const [height, width] = isRight ? [own.height, own.width + other.width] : [own.height + other.height, own.width]
  const { noiseMask: _, ...rest } = withTensor(first, float32([own.batch, own.channels, height, width], data))
  return withOwnSize(rest)
}

/** Some columns or rows of latents, counted in cells; a negative first one counts from the end. */
export function cutLatents(latents: Latents, axis: 'columns' | 'rows', first: number, count: number): Latents {
  const dimension = axis === 'columns' ? 3 : 2
  const { start, end } = rangeInBatch(latents.tensor.shape[dimension] ?? 1, first, count, true)
  const { noiseMask: _, ...rest } = withTensor(latents, narrowed(latents.tensor, dimension, start, end - start))
  return withOwnSize(rest)
}

/** Which pictures of one batch these latents are. */
const placesOf = ({ tensor, places }: Latents): readonly number[] =>
  places ?? Array.from({ length: sizeOfLatents(tensor).batch }, (_, place) => place)

/** The length of what is taken of clips: whole clips keep theirs, and a part of one clip is a shorter clip. */
function framesWithin(start: number, end: number, frames: number | undefined): Pick<Latents, 'frames'> {
  if (frames === undefined) return {}
  if (start % frames === 0 && end % frames === 0) return { frames }
  return Math.floor(start / frames) === Math.floor((end - 1) / frames) ? { frames: end - start } : {}
}

/**
 * Some latents of a batch, with their masks and, of clips, with the length of what is taken of them. See `pickBatch`
 * for what lies outside.
 */
export function pickLatents(latents: Latents, first: number, count: number, isWithin = false): Latents {
  const { noiseMask } = latents
  const places = placesOf(latents)
  const { start, end } = rangeInBatch(places.length, first, count, isWithin)
  const masks = noiseMask?.shape[0] ?? 1
  const { frames, ...rest } = withTensor(latents, pickBatch(latents.tensor, first, count, isWithin))
  return {
    ...rest,
    ...framesWithin(start, end, frames),
    places: places.slice(start, end),
    ...(noiseMask &&
      masks > 1 && {
        noiseMask: concatBatch(places.slice(start, end).map((_, i) => pickBatch(noiseMask, (start + i) % masks, 1))),
      }),
  }
}

/** A batch of latents so many times over: each turn stands for pictures behind those of the last one. */
export function repeatLatents(latents: Latents, times: number): Latents {
  const { noiseMask, places } = latents
  const { batch } = sizeOfLatents(latents.tensor)
  const span = places ? Math.max(...places) - Math.min(...places) + 1 : 0
  const masks = noiseMask?.shape[0] ?? 1
  return {
    ...withTensor(latents, repeatBatch(latents.tensor, times)),
    ...(places && { places: Array.from({ length: times }, (_, turn) => places.map((at) => at + turn * span)).flat() }),
    ...(noiseMask &&
      masks > 1 && {
        noiseMask: repeatBatch(
          concatBatch(Array.from({ length: batch }, (_, k) => pickBatch(noiseMask, k % masks, 1))),
          times,
        ),
      }),
  }
}

export interface LatentPlacement {
  /** Where the source comes to lie, in pixels of the picture. */
  readonly x: number
  readonly y: number
  /** Over so many pixels the source fades at edges that lie inside the destination. Default 0. */
  readonly feather?: number
  /** Whether the source is first brought to the size of the destination. */
  readonly resize?: boolean
}

/** Latents laid over others, through a mask of any size that covers the source. */
export function compositeLatents(
  destination: Latents,
  source: Latents,
  place: LatentPlacement,
  mask?: Tensor,
): Latents {
  const to = sizeOfLatents(destination.tensor)
  if (place.resize) {
    const tensor = interpolate(source.tensor, 2, to, 'bilinear')
    return compositeLatents(destination, { ...source, tensor }, { ...place, resize: false }, mask)
  }
  const from = sizeOfLatents(source.tensor)
  if (to.channels !== from.channels) {
    throw new RangeError(`Latents of ${from.channels} channels cannot lie over latents of ${to.channels}`)
  }
  const [left, top] = [Math.floor(place.x / destination.scale), Math.floor(place.y / destination.scale)]
  const reach = Math.floor((place.feather ?? 0) / destination.scale)
  const seen = { width: Math.min(from.width, to.width - left), height: Math.min(from.height, to.height - top) }
  const fade = (distance: number, isInside: boolean) => (isInside ? Math.min(1, (distance + 1) / reach) : 1)
  const fadeAt = (row: number, column: number) =>
    reach === 0
      ? 1
      : fade(row, top !== 0) *
        fade(seen.height - 1 - row, top + seen.height < to.height) *
        fade(column, left !== 0) *
        fade(seen.width - 1 - column, left + seen.width < to.width)
  const placed = destination.tensor.data.slice()
  const weights = new Float32Array(placed.length)
  const cover = mask ? latentMask(mask, source.tensor).data : undefined
  for (let plane = 0; plane < to.batch * to.channels; plane++) {
    const [k, c] = [Math.floor(plane / to.channels), plane % to.channels]
    for (let row = Math.max(0, top); row < Math.min(to.height, top + from.height); row++) {
      for (let column = Math.max(0, left); column < Math.min(to.width, left + from.width); column++) {
        const target = (plane * to.height + row) * to.width + column
        const at = (((k % from.batch) * from.channels + c) * from.height + row - top) * from.width + column - left
        placed[target] = numberAt(source.tensor.data, at)
        weights[target] = (cover ? numberAt(cover, at) : 1) * fadeAt(row - top, column - left)
      }
    }
  }
  const { shape } = destination.tensor
  return withTensor(destination, mix(destination.tensor, float32(shape, placed), float32(shape, weights)))
}
