import type { Tensor } from '@patchbay/onnx/tensor'
import { insideOf, type Rectangle } from '../image/geometry.ts'
import { roundHalfToEven } from '../maths/rounding.ts'
import type { Area, Conditioning, ConditioningPart } from '../values/conditioning.ts'
import { cellMask } from '../values/latent-mask.ts'
import { sizeOfLatents } from '../values/latents.ts'

/** A part of conditioning with its place in the cells of latents. */
export interface PlacedPart extends Omit<ConditioningPart, 'area'> {
  /** What the network sees; everything where it is missing. */
  readonly area?: Rectangle
}

/** Both sides of guidance, placed in latents and brought to agree with each other. */
export interface PlacedSides {
  readonly positive: readonly PlacedPart[]
  readonly negative: readonly PlacedPart[]
}

/**
 * Places the parts in latents whose cells are `scale` pixels wide. An area of one side is guided from the other side
 * in that same area, so that both estimates see the same crop; and controls that are shared reach the negative side.
 */
export function placedSides(
  latents: Tensor,
  scale: number,
  { positive, negative }: { readonly positive: Conditioning; readonly negative: Conditioning },
): PlacedSides {
  const [toward, away] = [positive, negative].map((side) => side.map((part) => placed(part, scale, latents)))
  const sides = { positive: [...(toward ?? [])], negative: [...(away ?? [])] }
  for (const part of toward ?? []) addCounterpart(sides.negative, part)
  for (const part of [...sides.negative]) addCounterpart(sides.positive, part)
  return { positive: sides.positive, negative: withSharedControls(sides.positive, sides.negative) }
}

function placed(part: ConditioningPart, scale: number, latents: Tensor): PlacedPart {
  const { area, mask, ...rest } = part
  const size = sizeOfLatents(latents)
  const cells = mask && cellMask(mask, latents)
  const wanted = cells && part.isCutToMask ? boundsOf(cells) : area && cellsOf(area, scale, latents)
  return { ...rest, ...(cells && { mask: cells }), ...(wanted && { area: insideOf(wanted, size) }) }
}

/** The latents that an area of the picture covers, at least one. */
function cellsOf({ unit, x, y, width, height }: Area, scale: number, latents: Tensor): Rectangle {
  const size = sizeOfLatents(latents)
  const across = (length: number) =>
    unit === 'share' ? roundHalfToEven(length * size.width) : Math.floor(length / scale)
  const down = (length: number) =>
    unit === 'share' ? roundHalfToEven(length * size.height) : Math.floor(length / scale)
  return { x: across(x), y: down(y), width: Math.max(1, across(width)), height: Math.max(1, down(height)) }
}

/** Networks see nothing in less: a mask of few cells is shown with what is right of it and below. */
const fewestCells = 8

/** The rectangle round the cells of a mask [batch, height, width] that are not 0. */
function boundsOf({ shape, data }: Tensor): Rectangle {
  const [, height = 1, width = 1] = shape
  let [left, top, right, bottom] = [width, height, -1, -1]
  for (const [i, value] of data.entries()) {
    if (value === 0) continue
    const [x, y] = [i % width, Math.floor(i / width) % height]
    left = Math.min(left, x)
    right = Math.max(right, x)
    top = Math.min(top, y)
    bottom = Math.max(bottom, y)
  }
  if (right < 0) return { x: 0, y: 0, width: fewestCells, height: fewestCells }
  return {
    x: left,
    y: top,
    width: Math.max(fewestCells, right - left + 1),
    height: Math.max(fewestCells, bottom - top + 1),
  }
}

/**
 * Gives a side a part for the area of a part of the other side: the text of its smallest part round that area, with
 * all that limits the other part. A side that has none for it, or has that very area, stays.
 */
function addCounterpart(side: PlacedPart[], other: PlacedPart): void {
  const { area } = other
  if (!area) return
  const size = (part: PlacedPart) => (part.area ? part.area.width * part.area.height : Infinity)
  const around = side.filter((part) => !part.area || isInside(area, part.area))
  const [smallest] = around.toSorted((a, b) => size(a) - size(b))
  if (!smallest || (smallest.area && isInside(smallest.area, area))) return
  const { embeddings, pooled, sizes, aestheticScore, beside } = smallest
  const { embeddings: _, pooled: __, sizes: ___, aestheticScore: ____, beside: _____, ...limits } = other
  side.push({
    ...limits,
    embeddings,
    ...(pooled && { pooled }),
    ...(sizes && { sizes }),
    ...(aestheticScore !== undefined && { aestheticScore }),
    ...(beside && { beside }),
  })
}

const isInside = (inner: Rectangle, outer: Rectangle): boolean =>
  inner.x >= outer.x &&
  inner.y >= outer.y &&
  inner.x + inner.width <= outer.x + outer.width &&
  inner.y + inner.height <= outer.y + outer.height

/**
 * Negative parts of the whole picture with the controls that positive ones share, one after another; as they are where
 * one of them has controls of its own.
 */
function withSharedControls(positive: readonly PlacedPart[], negative: readonly PlacedPart[]): readonly PlacedPart[] {
  const shared = positive.flatMap(({ area, sharesControls, controls }) =>
    !area && sharesControls && controls ? [controls] : [],
  )
  const whole = negative.filter(({ area }) => !area)
  if (whole.length === 0 || whole.some(({ controls }) => controls)) return negative
  return negative.map((part) => {
    const place = whole.indexOf(part)
    const controls = place < 0 ? undefined : shared.findLast((_, i) => i % whole.length === place)
    return controls ? { ...part, controls } : part
  })
}
