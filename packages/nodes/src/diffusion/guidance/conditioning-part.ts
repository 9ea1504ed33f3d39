import { float32, zeros, type Tensor, numberAt } from '@patchbay/onnx/tensor'
import { isWithin, type SigmaRange } from './sigma-range.ts'

/** A rectangle of latent cells. */
export interface Area {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** One thing that guides: what the network takes, where and when it acts, and how strongly against the others. */
export interface ConditioningPart<Conditioning> {
  readonly conditioning: Conditioning
  /** Its weight where several parts overlap; 1 by default. */
  readonly strength?: number
  /** The network sees only this rectangle; everything by default. */
  readonly area?: Area
  /** [height, width] or [batch, height, width] in latent cells: its weight in each cell. */
  readonly mask?: Tensor
  readonly range?: SigmaRange
}

/** The estimates of all the parts that act at `sigma`, mixed by their weights cell by cell. */
export interface MixedEstimate {
  readonly denoised: Tensor
  /** Cells [batch, height, width] that no part reaches are 0; undefined when some part covers all cells. */
  readonly coverage: Tensor | undefined
}

/**
 * Estimates for one part: the denoiser with the part's conditioning, on x or on the rectangle of x that the part sees.
 */
export type EstimatePart<Conditioning> = (x: Tensor, conditioning: Conditioning) => Promise<Tensor>

const featherCells = 8

/**
 * Asks each part that acts at `sigma` and mixes the answers: Σ weight · estimate / Σ weight. Undefined when no part
 * acts. `x` is [batch, channels, height, width].
 */
export async function mixParts<Conditioning>(
  parts: readonly ConditioningPart<Conditioning>[],
  x: Tensor,
  sigma: number,
  estimate: EstimatePart<Conditioning>,
): Promise<MixedEstimate | undefined> {
  const active = activeParts(parts, sigma)
  if (active.length === 0) return undefined
  const lone = lonePart(active, sigma)
  if (lone) return { denoised: await estimate(x, lone.conditioning), coverage: undefined }
  const [batch, channels, height, width] = expectImageLike(x)
  const sums = new Float64Array(x.data.length)
  const weights = new Float64Array(batch * height * width)
  for (const part of active) {
    const area = clampArea(part.area ?? { x: 0, y: 0, width, height }, height, width)
    const seen = part.area === undefined ? x : cropped(x, area)
    const answer = (await estimate(seen, part.conditioning)).data
    const weight = weightsOf(part, area, batch, height, width)
    let cell = 0
    for (let n = 0; n < batch; n++) {
      for (let row = 0; row < area.height; row++) {
        for (let column = 0; column < area.width; column++, cell++) {
          const share = numberAt(weight, cell)
          const place = (area.y + row) * width + area.x + column
          const total = n * height * width + place
          weights[total] = numberAt(weights, total) + share
          for (let c = 0; c < channels; c++) {
            const from = ((n * channels + c) * area.height + row) * area.width + column
            const to = (n * channels + c) * height * width + place
            sums[to] = numberAt(sums, to) + share * numberAt(answer, from)
          }
        }
      }
    }
  }
  const denoised = zeros('float32', x.shape)
  const cells = height * width
  for (let i = 0; i < sums.length; i++) {
    const weight = numberAt(weights, Math.floor(i / (channels * cells)) * cells + (i % cells))
    if (weight > 0) denoised.data[i] = numberAt(sums, i) / weight
  }
  const coverage = weights.every((weight) => weight > 0)
    ? undefined
    : float32([batch, height, width], Float32Array.from(weights))
  return { denoised, coverage }
}

function activeParts<Conditioning>(
  parts: readonly ConditioningPart<Conditioning>[],
  sigma: number,
): readonly ConditioningPart<Conditioning>[] {
  return parts.filter(({ range }) => range === undefined || isWithin(range, sigma))
}

/** The only part that acts at `sigma`, where it acts on everything; its weight then is no matter. */
export function lonePart<Conditioning>(
  parts: readonly ConditioningPart<Conditioning>[],
  sigma: number,
): ConditioningPart<Conditioning> | undefined {
  const [first, ...others] = activeParts(parts, sigma)
  return others.length === 0 && first?.area === undefined && first?.mask === undefined ? first : undefined
}

/**
 * A part's weight in each cell of its rectangle. Edges inside the picture fade over 8 cells, or a quarter of a small
 * area, so that areas blend; a mask says itself how it fades.
 */
function weightsOf(
  { strength = 1, mask, area: given }: ConditioningPart<unknown>,
  area: Area,
  batch: number,
  height: number,
  width: number,
): Float32Array {
  const weights = new Float32Array(batch * area.height * area.width)
  const fades = given !== undefined && mask === undefined
  const feather = (fromStart: number, size: number, startInside: boolean, endInside: boolean): number => {
    const cells = Math.min(featherCells, Math.floor(size / 4))
    const atStart = startInside && cells > 0 ? Math.min(1, (fromStart + 1) / cells) : 1
    const atEnd = endInside && cells > 0 ? Math.min(1, (size - fromStart) / cells) : 1
    return atStart * atEnd
  }
  const maskBatch = mask === undefined ? 0 : expectMask(mask, batch, height, width)
  let cell = 0
  for (let n = 0; n < batch; n++) {
    for (let row = 0; row < area.height; row++) {
      const vertical = fades ? feather(row, area.height, area.y > 0, area.y + area.height < height) : 1
      for (let column = 0; column < area.width; column++, cell++) {
        const horizontal = fades ? feather(column, area.width, area.x > 0, area.x + area.width < width) : 1
        const place = ((n % Math.max(1, maskBatch)) * height + area.y + row) * width + area.x + column
        weights[cell] = strength * vertical * horizontal * (mask === undefined ? 1 : numberAt(mask.data, place))
      }
    }
  }
  return weights
}

/** The batch of a mask that fits the latents; throws a RangeError that names the sizes otherwise. */
function expectMask(mask: Tensor, batch: number, height: number, width: number): number {
  const [maskBatch, h, w] = mask.shape.length === 2 ? [1, ...mask.shape] : mask.shape
  if (maskBatch === undefined || h !== height || w !== width || (maskBatch !== 1 && maskBatch !== batch)) {
    throw new RangeError(
      `A conditioning mask for latents of ${height} × ${width} cells and batch ${batch} has shape [${height}, ${width}] or ` +
        `[${batch}, ${height}, ${width}], but got [${mask.shape.join(', ')}]; resize it to the latents first`,
    )
  }
  return maskBatch
}

function clampArea({ x, y, width, height }: Area, rows: number, columns: number): Area {
  const left = Math.min(Math.max(0, x), columns - 1)
  const top = Math.min(Math.max(0, y), rows - 1)
  return { x: left, y: top, width: Math.min(width, columns - left), height: Math.min(height, rows - top) }
}

function cropped(x: Tensor, area: Area): Tensor {
  const [batch, channels, height, width] = expectImageLike(x)
  const result = new Float32Array(batch * channels * area.height * area.width)
  let offset = 0
  for (let plane = 0; plane < batch * channels; plane++) {
    for (let row = 0; row < area.height; row++) {
      const start = (plane * height + area.y + row) * width + area.x
      result.set(x.data.subarray(start, start + area.width), offset)
      offset += area.width
    }
  }
  return float32([batch, channels, area.height, area.width], result)
}

function expectImageLike(x: Tensor): readonly [batch: number, channels: number, height: number, width: number] {
  const [batch, channels, height, width] = x.shape
  if (
    x.shape.length !== 4 ||
    batch === undefined ||
    channels === undefined ||
    height === undefined ||
    width === undefined
  ) {
    throw new RangeError(
      `Areas and masks need latents of shape [batch, channels, height, width], but got [${x.shape.join(', ')}]`,
    )
  }
  return [batch, channels, height, width]
}
