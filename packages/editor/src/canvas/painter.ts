import type { Box, NodeId } from '@patchbay/engine/workflow'
import type { NodeRun } from '../state/runs/run.ts'
import type { DrawnLink, Scene, SceneNode } from './scene.ts'
import { metrics } from './node-geometry.ts'
import { pointOn } from './link-path.ts'
import type { Transform } from './view-events.ts'

/** The colours that the theme's tokens give to what is drawn on the layer under the nodes. */
export interface Palette {
  readonly dot: string
  readonly node: string
  readonly header: string
  readonly border: string
  readonly text: string
  readonly accent: string
  readonly running: string
  readonly failed: string
  readonly finished: string
  readonly reused: string
  readonly halo: string
}

export function readPalette(element: HTMLElement): Palette {
  const style = getComputedStyle(element)
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim() || '#888'
  return {
    dot: token('canvas-dot'),
    node: token('node'),
    header: token('node-header'),
    border: token('border'),
    text: token('text'),
    accent: token('accent'),
    running: token('running'),
    failed: token('failed'),
    finished: token('finished'),
    reused: token('reused'),
    halo: token('canvas'),
  }
}

export interface Frame {
  readonly scene: Scene
  readonly transform: Transform
  readonly width: number
  readonly height: number
  readonly ratio: number
  readonly palette: Palette
  /** Nodes that stand in the page; the others are drawn here as plain shapes. */
  readonly shown: ReadonlySet<NodeId>
  readonly selection: ReadonlySet<string>
  readonly selectedLink: string | undefined
  readonly colorOf: (type: string) => string
  readonly nodeColor: (node: SceneNode) => string | undefined
  readonly runOf: (id: NodeId) => NodeRun | undefined
  readonly linksHidden: boolean
  /** The view is in motion: many shapes are drawn plainly, and their titles when it rests. */
  readonly moving: boolean
}

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

/** Nodes that are too small or too many to stand in the page: a box, its header, its title when it can be read. */
function paintShapes(context: CanvasRenderingContext2D, frame: Frame, area: Box): void {
  const { scene, palette, transform } = frame
  const ids = scene.nodesIn(area).filter((id) => !frame.shown.has(id))
  const plain = frame.moving && ids.length > 80
  const radius = transform.k > 0.15 && !plain ? 8 : 0
  const titled = transform.k >= 0.16 && !plain
  for (const id of ids) {
    const node = scene.nodes.get(id)
    if (!node) continue
    const { x, y } = scene.place(id)
    const { width, height } = node.geometry
    context.globalAlpha = node.instance.mode ? 0.45 : 1
    context.beginPath()
    if (radius > 0) context.roundRect(x, y, width, height, radius)
    else context.rect(x, y, width, height)
    context.fillStyle = palette.node
    context.fill()
    context.fillStyle = frame.nodeColor(node) ?? palette.header
    context.beginPath()
    if (radius > 0)
      context.roundRect(x, y, width, metrics.header, [
        radius,
        radius,
        height > metrics.header ? 0 : radius,
        height > metrics.header ? 0 : radius,
      ])
    else context.rect(x, y, width, metrics.header)
    context.fill()
    const selected = frame.selection.has(id)
    const state = runColor(frame.runOf(id), palette)
    context.beginPath()
    if (radius > 0) context.roundRect(x, y, width, height, radius)
    else context.rect(x, y, width, height)
    context.lineWidth = (selected || state ? 2.5 : 1) / Math.max(transform.k, 0.3)
    context.strokeStyle = selected ? palette.accent : (state ?? palette.border)
    context.stroke()
    if (titled) paintTitle(context, frame, node, x, y)
  }
  context.globalAlpha = 1
}

function paintTitle(
  context: CanvasRenderingContext2D,
  { transform, palette }: Frame,
  node: SceneNode,
  x: number,
  y: number,
): void {
  const size = Math.min(30, Math.max(13, 9 / transform.k))
  const room = Math.floor((node.geometry.width - 20) / (size * 0.56))
  const title = node.layout?.title ?? node.manifest?.label ?? node.instance.type
  context.fillStyle = palette.text
  context.font = `600 ${size}px system-ui, sans-serif`
  context.textBaseline = 'middle'
  context.fillText(
    title.length > room ? `${title.slice(0, Math.max(1, room - 1))}…` : title,
    x + 10,
    y + metrics.header / 2,
  )
}
