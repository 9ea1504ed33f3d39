import { numberAt } from '@patchbay/onnx/tensor'
import { imageFrom, type ImageTensor } from '../../image/image.ts'
import { rasterizeSvg } from '../../image/rasterize-svg.ts'

/**
 * A loss over steps with as many points as can be told apart: each is the mean over a stretch of steps and stands at
 * its end.
 */
export interface LossCurve {
  readonly steps: readonly number[]
  readonly loss: readonly number[]
}

/** Stretches of equal length, the last one as long as what is left. */
export function lossCurveOf(losses: readonly number[], points = 200): LossCurve {
  const stretch = Math.max(1, Math.ceil(losses.length / points))
  const count = Math.ceil(losses.length / stretch)
  const steps = Array.from({ length: count }, (_, i) => Math.min((i + 1) * stretch, losses.length))
  const loss = steps.map((end, i) => {
    const own = losses.slice(i * stretch, end)
    return own.reduce((sum, value) => sum + value, 0) / own.length
  })
  return { steps, loss }
}

const side = 256
const margin = 12

/** The curve as a picture: from the first step to the last, from 0, or the lowest value below it, to the highest. */
export async function drawLossCurve({ steps, loss }: LossCurve): Promise<ImageTensor> {
  const [low, high] = [Math.min(0, ...loss), Math.max(1e-9, ...loss)]
  const last = steps.at(-1) ?? 1
  const inner = side - 2 * margin
  const points = steps.map((step, i) => {
    const y = margin + inner * (1 - (numberAt(loss, i) - low) / (high - low))
    return `${(margin + (inner * step) / last).toFixed(1)},${y.toFixed(1)}`
  })
  const bottom = side - margin
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" width="${side}" height="${side}">` +
    `<rect width="${side}" height="${side}" fill="#fff"/>` +
    `<path d="M${margin} ${margin}V${bottom}H${bottom}" fill="none" stroke="#999"/>` +
    `<polyline points="${points.join(' ')}" fill="none" stroke="#2f6fde" stroke-width="2"/></svg>`
  const { pixels } = await rasterizeSvg(svg, side)
  return imageFrom(
    { batch: 1, height: side, width: side, channels: 3 },
    (_, y, x, c) => numberAt(pixels, (y * side + x) * 4 + c) / 255,
  )
}
