import { fileURLToPath } from 'node:url'
import { requireFloat32 } from '@patchbay/onnx'
import { float32, numberAt } from '@patchbay/onnx/tensor'
import { padImage } from '../../image/geometry.ts'
import { sizeOfImage, withoutAlpha, type ImageTensor } from '../../image/image.ts'
import { resizeImage } from '../../image/resample.ts'
import { exportedModel } from '../exported-graph.ts'
import type { Sessions } from '../sessions.ts'

/** A face in pixels of a picture. */
export interface FoundFace {
  /** 0 to 1. */
  readonly score: number
  readonly eyes: readonly [Place, Place]
  readonly mouth: Place
}
interface Place {
  readonly x: number
  readonly y: number
}

const file = fileURLToPath(new URL('../../../assets/face_models/blazeface/front-128.onnx', import.meta.url))
const side = 128
/** Of the two grids: cells along each side, anchors in each cell, and what the outputs are called. */
const grids = [
  { cells: 16, anchors: 2, scores: 'Identity:0', boxes: 'Identity_2:0' },
  { cells: 8, anchors: 6, scores: 'Identity_1:0', boxes: 'Identity_3:0' },
] as const
/** Numbers of a box: centre, size, and six places: the first two are the eyes, the fourth is the mouth. */
const boxLength = 16
const leastScore = 0.5

/**
 * The surest face of a picture [1, height, width, 3 or 4] by BlazeFace (Bazarevsky et al. 2019), undefined where there
 * is none.
 */
export async function findFace(sessions: Sessions, picture: ImageTensor): Promise<FoundFace | undefined> {
  const { width, height } = sizeOfImage(picture)
  const whole = Math.max(width, height)
  const [left, top] = [Math.floor((whole - width) / 2), Math.floor((whole - height) / 2)]
  const margin = { left, top, right: whole - width - left, bottom: whole - height - top }
  const square = padImage(withoutAlpha(picture), margin, [0, 0, 0])
  const { data } = resizeImage(square, { width: side, height: side }, 'area')
  const seen = float32(
    [1, side, side, 3],
    data.map((value) => 2 * value - 1),
  )
  const request = { key: `${file}|face`, build: () => exportedModel(file) }
  const outputs = await sessions.with(request, (session) => session.run({ 'input:0': seen }))
  let best: { readonly score: number; readonly at: (k: number) => Place } | undefined
  for (const { cells, anchors, scores, boxes } of grids) {
    const logits = requireFloat32(outputs[scores], 'The face detector').data
    const numbers = requireFloat32(outputs[boxes], 'The face detector').data
    for (const [i, logit] of logits.entries()) {
      const score = 1 / (1 + Math.exp(-logit))
      if (score < (best?.score ?? leastScore)) continue
      const cell = Math.floor(i / anchors)
      const anchor = { x: ((cell % cells) + 0.5) / cells, y: (Math.floor(cell / cells) + 0.5) / cells }
      const at = (k: number): Place => ({
        x: (anchor.x + numberAt(numbers, i * boxLength + 4 + 2 * k) / side) * whole - left,
        y: (anchor.y + numberAt(numbers, i * boxLength + 5 + 2 * k) / side) * whole - top,
      })
      best = { score, at }
    }
  }
  return best && { score: best.score, eyes: [best.at(0), best.at(1)], mouth: best.at(3) }
}
