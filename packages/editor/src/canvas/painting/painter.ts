import type { Box } from '@patchbay/engine/workflow'
import type { NodeRun } from '../../state/runs/run.ts'
import type { DrawnLink, SceneNode } from '../scene.ts'
import { metrics } from '../node-geometry.ts'
import type { Frame, Palette } from './painter-frame.ts'
import { fitted, paintDetails } from './painter-details.ts'
import { pointOn } from '../link-path.ts'

export function visibleArea({ transform, width, height }: Pick<Frame, 'transform' | 'width' | 'height'>): Box {
  const { x, y, k } = transform
  return { x: -x / k, y: -y / k, width: width / k, height: height / k }
}

export function paint(context: CanvasRenderingContext2D, frame: Frame): void {
  const { transform, ratio, width, height } = frame
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, width, height)
  paintDots(context, frame)
  context.setTransform(ratio * transform.k, 0, 0, ratio * transform.k, ratio * transform.x, ratio * transform.y)
  const area = visibleArea(frame)
  if (!frame.linksHidden) paintLinks(context, frame, frame.scene.linksIn(area))
  paintShapes(context, frame, area)
}

const dotStep = 24

function paintDots(context: CanvasRenderingContext2D, { transform, width, height, palette }: Frame): void {
  let step = dotStep * transform.k
  while (step < 14) step *= 4
  context.fillStyle = palette.dot
  const size = transform.k > 0.6 ? 1.6 : 1.2
  const left = ((transform.x % step) + step) % step
  const top = ((transform.y % step) + step) % step
  context.beginPath()
  for (let x = left; x < width; x += step) {
    for (let y = top; y < height; y += step) context.rect(x - size / 2, y - size / 2, size, size)
  }
  context.fill()
}

function trace(context: CanvasRenderingContext2D, { pieces }: DrawnLink): void {
  const [first] = pieces
  if (!first) return
  context.moveTo(first[0].x, first[0].y)
  for (const [, a, b, to] of pieces) context.bezierCurveTo(a.x, a.y, b.x, b.y, to.x, to.y)
}

/** Links of one colour are stroked in one go; selected ones again on top, wider. */
function paintLinks(context: CanvasRenderingContext2D, frame: Frame, links: readonly DrawnLink[]): void {
  const { k } = frame.transform
  const byColor = new Map<string, DrawnLink[]>()
  for (const drawn of links) {
    const color = frame.colorOf(drawn.type)
    const group = byColor.get(color)
    if (group) group.push(drawn)
    else byColor.set(color, [drawn])
  }
  context.lineCap = 'round'
  const lineWidth = k > 0.3 ? 2.25 : Math.min(8, 1.2 / k)
  for (const [color, group] of byColor) {
    context.beginPath()
    for (const drawn of group) trace(context, drawn)
    context.strokeStyle = color
    context.lineWidth = lineWidth
    context.globalAlpha = 0.9
    context.stroke()
  }
  context.globalAlpha = 1
  for (const drawn of links) {
    const chosen = drawn.link.key === frame.selectedLink
    if (!chosen && !frame.selection.has(drawn.link.from) && !frame.selection.has(drawn.link.to)) continue
    context.beginPath()
    trace(context, drawn)
    if (chosen) {
      context.strokeStyle = frame.palette.accent
      context.lineWidth = lineWidth + 5
      context.globalAlpha = 0.35
      context.stroke()
      context.globalAlpha = 1
    }
    context.strokeStyle = frame.colorOf(drawn.type)
    context.lineWidth = lineWidth + 1
    context.stroke()
  }
  if (k > 0.5) paintMiddles(context, frame, links)
}

/** A small dot in the middle of each link, to take hold of it. */
function paintMiddles(context: CanvasRenderingContext2D, frame: Frame, links: readonly DrawnLink[]): void {
  for (const drawn of links) {
    const piece = drawn.pieces[Math.floor(drawn.pieces.length / 2)]
    if (!piece || drawn.pieces.length > drawn.perSegment) continue
    const { x, y } = pointOn(piece, 0.5)
    context.beginPath()
    context.arc(x, y, 3.5, 0, Math.PI * 2)
    context.fillStyle = frame.colorOf(drawn.type)
    context.fill()
    context.lineWidth = 1.5
    context.strokeStyle = frame.palette.halo
    context.stroke()
  }
}

function runColor(run: NodeRun | undefined, palette: Palette): string | undefined {
  switch (run?.state) {
    case 'running':
      return palette.running
    case 'failed':
      return palette.failed
    case 'finished':
      return palette.finished
    case 'reused':
      return palette.reused
    case 'blocked':
    case 'skipped':
    case undefined:
      return undefined
  }
}

/** How much of a node's own colour its header has, as in node.css. */
const tintShare = 0.26

/** A mixture of two colours `#rrggbb`, of which `share` is the first; the second where one is written otherwise. */
export function mixed(first: string, second: string, share: number): string {
  const channels = (color: string): number[] => {
    const long = /^#[0-9a-f]{3}$/i.test(color) ? color.replaceAll(/[0-9a-f]/gi, '$&$&') : color
    return /^#[0-9a-f]{6}$/i.test(long) ? [1, 3, 5].map((at) => parseInt(long.slice(at, at + 2), 16)) : []
  }
  const [a, b] = [channels(first), channels(second)]
  if (a.length !== b.length || a.length === 0) return second
  return `rgb(${b.map((value, at) => Math.round(value + ((a[at] ?? value) - value) * share)).join(' ')})`
}

/**
 * Nodes that are too small or too many to stand in the page: a box, its header, and what is in it where that can be
 * seen.
 */
function paintShapes(context: CanvasRenderingContext2D, frame: Frame, area: Box): void {
  const { scene, transform } = frame
  const ids = scene.nodesIn(area).filter((id) => !frame.shown.has(id))
  const isPlain = frame.moving && ids.length > 80
  for (const id of ids) {
    const node = scene.nodes.get(id)
    if (!node) continue
    const at = scene.place(id)
    context.globalAlpha = node.instance.mode ? 0.45 : 1
    paintBox(context, frame, node, at, transform.k > 0.15 && !isPlain ? 8 : 0)
    if (isPlain || transform.k < 0.16) continue
    paintTitle(context, frame, node, at.x, at.y)
    paintDetails(context, frame, node, at)
  }
  context.globalAlpha = 1
}

function paintBox(
  context: CanvasRenderingContext2D,
  frame: Frame,
  node: SceneNode,
  { x, y }: { readonly x: number; readonly y: number },
  radius: number,
): void {
  const { palette, transform } = frame
  const { width, height } = node.geometry
  const outline = (): void => {
    context.beginPath()
    if (radius > 0) context.roundRect(x, y, width, height, radius)
    else context.rect(x, y, width, height)
  }
  outline()
  context.fillStyle = palette.node
  context.fill()
  const tint = frame.nodeColor(node)
  context.fillStyle = tint === undefined ? palette.header : mixed(tint, palette.header, tintShare)
  const lower = height > metrics.header ? 0 : radius
  context.beginPath()
  context.roundRect(x, y, width, metrics.header, [radius, radius, lower, lower])
  context.fill()
  const isSelected = frame.selection.has(node.id)
  const state = node.manifest === undefined ? palette.failed : runColor(frame.runOf(node.id), palette)
  outline()
  context.lineWidth = (isSelected || state ? 2.5 : 1) / Math.max(transform.k, 0.3)
  context.strokeStyle = isSelected ? palette.accent : (state ?? palette.border)
  context.stroke()
}

function paintTitle(
  context: CanvasRenderingContext2D,
  { transform, palette }: Frame,
  node: SceneNode,
  x: number,
  y: number,
): void {
  const size = Math.min(30, Math.max(13, 9 / transform.k))
  context.fillStyle = palette.text
  context.font = `600 ${size}px system-ui, sans-serif`
  context.textBaseline = 'middle'
  const title = node.layout?.title ?? node.manifest?.label ?? node.instance.type
  context.fillText(fitted(context, title, node.geometry.width - 20), x + 10, y + metrics.header / 2)
}
