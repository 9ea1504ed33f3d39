import type { Box, Point } from '@patchbay/engine/workflow'
import type { Settings } from '../state/settings/settings.ts'

/** One cubic Bézier piece of a link: start, two control points, end. */
export type Piece = readonly [from: Point, first: Point, second: Point, to: Point]

const line = (from: Point, to: Point): Piece => [from, from, to, to]

/** How far the tangent reaches out of a socket, so that links leave and enter level. */
function reach(from: Point, to: Point): number {
  const dx = to.x - from.x
  const distance = Math.hypot(dx, to.y - from.y)
  return dx >= 0 ? Math.min(160, Math.max(distance * 0.4, 12)) : Math.min(220, 40 + distance * 0.35)
}

export type LinkStyle = Settings['linkStyle']

/** Into how many pieces a style draws the way from one point to the next. */
export const piecesPerSegment: { readonly [Style in LinkStyle]: number } = { curved: 1, straight: 1, square: 3 }

/** The pieces of a link through its reroute points; square ones go across, up or down halfway, and across. */
export function linkPieces(points: readonly Point[], style: LinkStyle = 'curved'): Piece[] {
  const pieces: Piece[] = []
  for (let index = 1; index < points.length; index++) {
    const from = points[index - 1]
    const to = points[index]
    if (!from || !to) continue
    if (style !== 'curved') {
      const middle = (from.x + to.x) / 2
      const bends =
        style === 'straight'
          ? []
          : [
              { x: middle, y: from.y },
              { x: middle, y: to.y },
            ]
      const corners = [from, ...bends, to]
      for (const [at, corner] of corners.slice(1).entries()) pieces.push(line(corners[at] ?? from, corner))
      continue
    }
    const out = reach(from, to)
    pieces.push([from, { x: from.x + out, y: from.y }, { x: to.x - out, y: to.y }, to])
  }
  return pieces
}

export function pathText(pieces: readonly Piece[]): string {
  const [first] = pieces
  if (!first) return ''
  const text = (point: Point): string => `${point.x} ${point.y}`
  return `M${text(first[0])}${pieces.map(([, a, b, to]) => `C${text(a)} ${text(b)} ${text(to)}`).join('')}`
}

export function pointOn([from, a, b, to]: Piece, t: number): Point {
  const s = 1 - t
  const at = (p: number, q: number, r: number, u: number): number =>
    s * s * s * p + 3 * s * s * t * q + 3 * s * t * t * r + t * t * t * u
  return { x: at(from.x, a.x, b.x, to.x), y: at(from.y, a.y, b.y, to.y) }
}

/** A box that surely holds the piece: its control points span it. */
export function pieceBox([from, a, b, to]: Piece): Box {
  const x = Math.min(from.x, a.x, b.x, to.x)
  const y = Math.min(from.y, a.y, b.y, to.y)
  return { x, y, width: Math.max(from.x, a.x, b.x, to.x) - x, height: Math.max(from.y, a.y, b.y, to.y) - y }
}

/** How far a point lies from a link, and on which piece it is nearest: a reroute there comes after so many others. */
export function distanceTo(
  pieces: readonly Piece[],
  point: Point,
): { readonly distance: number; readonly piece: number } {
  const samples = 24
  let best = { distance: Infinity, piece: 0 }
  for (const [index, piece] of pieces.entries()) {
    const box = pieceBox(piece)
    const beside = Math.max(box.x - point.x, point.x - box.x - box.width)
    const above = Math.max(box.y - point.y, point.y - box.y - box.height)
    if (Math.max(beside, above) > best.distance) continue
    for (let i = 0; i <= samples; i++) {
      const at = pointOn(piece, i / samples)
      const distance = Math.hypot(at.x - point.x, at.y - point.y)
      if (distance < best.distance) best = { distance, piece: index }
    }
  }
  return best
}

export function overlaps(a: Box, b: Box): boolean {
  return a.x <= b.x + b.width && b.x <= a.x + a.width && a.y <= b.y + b.height && b.y <= a.y + a.height
}

/** How far into a box a link may reach before it counts as behind it, in canvas pixels. */
const tolerance = 6

/** The boxes that the pieces of a link run behind, but for those that it ends at. */
export function piecesBehind<Id>(
  pieces: readonly Piece[],
  boxes: ReadonlyMap<Id, Box>,
  ends: readonly Id[],
): readonly Id[] {
  const samples = 32
  const points = pieces.flatMap((piece) => Array.from({ length: samples + 1 }, (_, i) => pointOn(piece, i / samples)))
  return [...boxes].flatMap(([id, { x, y, width, height }]) => {
    if (ends.includes(id)) return []
    const isInside = (point: Point): boolean =>
      point.x > x + tolerance &&
      point.x < x + width - tolerance &&
      point.y > y + tolerance &&
      point.y < y + height - tolerance
    return points.some(isInside) ? [id] : []
  })
}
