import type { InputManifest } from '@patchbay/engine/workflow'
import type { Row } from '../node-geometry.ts'
import type { Frame } from './painter-frame.ts'
import type { SceneNode } from '../scene.ts'

/** From this zoom on words are painted; below it they are lines, as long as the words. */
const wordsFrom = 0.3
const socketRadius = 5.5
const textSize = 12

/** Where a node is painted, in canvas pixels. */
interface At {
  readonly x: number
  readonly y: number
}

/** What is in a node: its sockets and values, and its picture. */
export function paintDetails(context: CanvasRenderingContext2D, frame: Frame, node: SceneNode, at: At): void {
  for (const row of node.geometry.rows) paintRow(context, frame, node, row, at)
  paintPicture(context, frame, node, at)
  paintSockets(context, frame, node, at)
}

function paintRow(context: CanvasRenderingContext2D, frame: Frame, node: SceneNode, row: Row, { x, y }: At): void {
  const { input, output } = row
  const width = node.geometry.width - 20
  const box = { x: x + 10, y: y + row.y, width, height: row.height }
  if (row.widget && input?.kind === 'value') {
    context.fillStyle = frame.palette.field
    context.beginPath()
    context.roundRect(box.x, box.y, box.width, box.height, 5)
    context.fill()
    const value = valueText(input, node)
    if (input.widget.type === 'text' && input.widget.multiline) paintLines(context, frame, value || input.label, box)
    else {
      const labelWidth = words(context, frame, input.label, box.x + 8, box.y + 13, width * 0.55, 'soft')
      words(context, frame, value, box.x + width - 8, box.y + 13, width - labelWidth - 28, 'right')
    }
    return
  }
  if (input) words(context, frame, input.label, box.x + 4, box.y + 13, width * 0.6, 'soft')
  if (output) words(context, frame, output.label, box.x + width - 4, box.y + 13, width * 0.6, 'right-soft')
}

function valueText(input: Extract<InputManifest, { kind: 'value' }>, { instance }: SceneNode): string {
  const value = instance.values[input.name] ?? input.default
  if (typeof value === 'string') return value
  return value === null ? '' : JSON.stringify(value)
}

type Side = 'left' | 'right' | 'soft' | 'right-soft'

/** Writes one line at its left or right end, and gives its width; what is too long is cut. */
function words(
  context: CanvasRenderingContext2D,
  { transform, palette }: Frame,
  text: string,
  x: number,
  middle: number,
  room: number,
  side: Side,
): number {
  context.font = `${textSize}px system-ui, sans-serif`
  const shown = fitted(context, text, room)
  const { width } = context.measureText(shown)
  const isRight = side.startsWith('right')
  context.fillStyle = side.endsWith('soft') ? palette.soft : palette.text
  if (transform.k < wordsFrom) {
    context.fillRect(isRight ? x - width : x, middle - 2, width, 4)
    return width
  }
  context.textBaseline = 'middle'
  context.textAlign = isRight ? 'right' : 'left'
  context.fillText(shown, x, middle)
  context.textAlign = 'left'
  return width
}

/** The text, or as much of its beginning as there is room for. */
export function fitted(context: Pick<CanvasRenderingContext2D, 'measureText'>, text: string, room: number): string {
  const line = text.split('\n', 1)[0] ?? ''
  if (context.measureText(line).width <= room) return line
  let [low, high] = [0, line.length]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (context.measureText(`${line.slice(0, middle)}…`).width <= room) low = middle
    else high = middle - 1
  }
  return low === 0 ? '' : `${line.slice(0, low)}…`
}

interface Room extends At {
  readonly width: number
  readonly height: number
}

/** A text of several lines, broken between words. */
function paintLines(context: CanvasRenderingContext2D, frame: Frame, text: string, box: Room): void {
  context.font = `${textSize}px system-ui, sans-serif`
  const lineHeight = 16
  const room = box.width - 16
  const most = Math.floor((box.height - 10) / lineHeight)
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/(?<=\s)/)) {
    if (line !== '' && context.measureText(line + word).width > room) {
      lines.push(line)
      line = ''
    }
    line += word
  }
  for (const [index, one] of [...lines, line].slice(0, most).entries()) {
    words(context, frame, one.trimEnd(), box.x + 8, box.y + 13 + index * lineHeight, room, 'left')
  }
}

/** The picture, as large as it fits into its place. */
function paintPicture(context: CanvasRenderingContext2D, frame: Frame, node: SceneNode, { x, y }: At): void {
  const { picture, width } = node.geometry
  const image = picture && frame.pictureOf(node.id)
  if (!picture || !image) return
  const room = { width: width - 16, height: picture.height - 8 }
  const scale = Math.min(room.width / image.width, room.height / image.height)
  const size = { width: image.width * scale, height: image.height * scale }
  const left = x + (width - size.width) / 2
  context.drawImage(image.source, left, y + picture.y + (room.height - size.height) / 2, size.width, size.height)
}

function paintSockets(context: CanvasRenderingContext2D, frame: Frame, node: SceneNode, { x, y }: At): void {
  const { manifest, instance, geometry } = node
  const dot = (at: At, type: string): void => {
    context.beginPath()
    context.arc(x + at.x, y + at.y, socketRadius, 0, 2 * Math.PI)
    context.fillStyle = frame.colorOf(type)
    context.fill()
    context.lineWidth = 1.5
    context.strokeStyle = frame.palette.node
    context.stroke()
  }
  for (const [name, at] of geometry.inputs) {
    const input = manifest?.inputs.find((one) => one.name === name)
    // The socket of a value is shown when it is linked.
    if (input?.kind !== 'value' || name in instance.links) dot(at, input?.types[0] ?? '*')
  }
  for (const [name, at] of geometry.outputs) {
    dot(at, manifest?.outputs.find((one) => one.name === name)?.type ?? '*')
  }
}
