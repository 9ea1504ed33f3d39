import { useEffect, useRef, useState, type PointerEvent, type RefObject } from 'react'
import type { Point } from '@patchbay/engine/workflow'
import { setValue } from '../../state/edits/nodes.ts'
import { messageOf, say } from '../../state/editor.ts'
import { useEditor, useT, useTab } from '../../contexts/editor-context.tsx'
import { Sheet } from '../controls.tsx'
import { maskedPng, maskOf, opaque, pixelsOfPng, type Pixels } from './mask-picture.ts'

interface MaskPainterProps {
  readonly node: string
  readonly input: string
  readonly file: string
  readonly close: () => void
}

/** The colour of the mask while it is painted. */
const tint = [255, 77, 109] as const
/** How many strokes can be undone. */
const undoDepth = 20

/** Paints what shall be made anew over a picture. It is kept as the picture's transparency, which loads as the mask. */
export function MaskPainter({ node, input, file, close }: MaskPainterProps) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const base = useRef<HTMLCanvasElement>(null)
  const layer = useRef<HTMLCanvasElement>(null)
  const picture = usePicture(file, base, layer)
  const brush = useBrush(layer)
  const [busy, setBusy] = useState(false)
  const save = async (): Promise<void> => {
    const mask = layer.current?.getContext('2d')?.getImageData(0, 0, layer.current.width, layer.current.height)
    if (!mask || !picture.current) return
    setBusy(true)
    try {
      const png = new Blob([maskedPng(picture.current, mask)], { type: 'image/png' })
      const name = file.replace(/\.[^.]+$/, '').replace(/^.*\//, '')
      const stored = await editor.client.files.upload(png, `${name.replace(/-mask$/, '')}-mask.png`)
      await editor.files.load('input')
      tab.document.editGraph('mask', (graph) => setValue(graph, node, input, stored.name))
      close()
    } catch (error) {
      say(editor.surface, t('widget.uploadFailed', { reason: messageOf(error) }), 'bad')
      setBusy(false)
    }
  }
  return (
    <Sheet title={t('mask.title')} onClose={close} wide>
      <div
        onKeyDown={(event) => {
          if (event.key.toLowerCase() !== 'z' || !(event.ctrlKey || event.metaKey)) return
          event.preventDefault()
          brush.undo()
        }}
      >
        <div className="result-bar">
          <label className="mask-brush">
            {t('mask.brush')}
            <input
              type="range"
              min={4}
              max={200}
              value={brush.size}
              onChange={(event) => brush.setSize(Number(event.currentTarget.value))}
            />
          </label>
          <button
            type="button"
            className="button"
            aria-pressed={brush.erases}
            onClick={() => brush.setErases(!brush.erases)}
          >
            {t('mask.erase')}
          </button>
          <button type="button" className="button" disabled={!brush.canUndo} onClick={brush.undo}>
            {t('command.undo')}
          </button>
          <button type="button" className="button" onClick={brush.invert}>
            {t('mask.invert')}
          </button>
          <button type="button" className="button" onClick={brush.clear}>
            {t('mask.clear')}
          </button>
          <button type="button" className="button primary" disabled={busy} onClick={() => void save()}>
            {t('mask.save')}
          </button>
        </div>
        <div className="mask-stage">
          <canvas ref={base} className="mask-picture" role="img" aria-label={file} />
          <canvas ref={layer} className="mask-layer" aria-label={t('mask.title')} {...brush.handlers} />
        </div>
      </div>
    </Sheet>
  )
}

type CanvasRef = RefObject<HTMLCanvasElement | null>

/** Reads the picture, shows it without its transparency, and that as the mask over it. */
function usePicture(file: string, base: CanvasRef, layer: CanvasRef): RefObject<Pixels | undefined> {
  const { client, surface } = useEditor()
  const pixels = useRef<Pixels | undefined>(undefined)
  useEffect(() => {
    let isHere = true
    void readPicture(client.files.url('input', file)).then(
      (read) => {
        if (!isHere) return
        pixels.current = read
        put(base.current, opaque(read))
        put(layer.current, maskOf(read, tint))
      },
      (error: unknown) => say(surface, messageOf(error), 'bad'),
    )
    return () => {
      isHere = false
    }
  }, [client, surface, file, base, layer])
  return pixels
}

function put(canvas: HTMLCanvasElement | null, { width, height, data }: Pixels): void {
  if (!canvas) return
  canvas.width = width
  canvas.height = height
  canvas.getContext('2d')?.putImageData(new ImageData(data, width, height), 0, 0)
}

/** A PNG is read byte by byte, for the colours under its transparency; other files carry no mask of ours. */
async function readPicture(address: string): Promise<Pixels> {
  const answer = await fetch(address)
  if (!answer.ok) throw new Error(`The picture could not be read: ${answer.status}.`)
  const blob = await answer.blob()
  const png = pixelsOfPng(new Uint8Array(await blob.arrayBuffer()))
  if (png) return png
  const image = await createImageBitmap(blob)
  const canvas = document.createElement('canvas')
  canvas.width = image.width
  canvas.height = image.height
  const context = canvas.getContext('2d')
  if (!context) throw new Error('This browser cannot draw the picture.')
  context.drawImage(image, 0, 0)
  return context.getImageData(0, 0, image.width, image.height)
}

/** Strokes on the layer, each of which can be undone. */
function useBrush(layer: CanvasRef) {
  const [size, setSize] = useState(40)
  const [erases, setErases] = useState(false)
  const [past, setPast] = useState<readonly ImageData[]>([])
  const last = useRef<Point | undefined>(undefined)

  const contextOf = (): CanvasRenderingContext2D | undefined => layer.current?.getContext('2d') ?? undefined
  const remember = (): void => {
    const context = contextOf()
    if (!context) return
    const { width, height } = context.canvas
    const before = context.getImageData(0, 0, width, height)
    setPast((steps) => [...steps.slice(1 - undoDepth), before])
  }
  const stroke = (event: PointerEvent<HTMLCanvasElement>): void => {
    const context = contextOf()
    if (!context || event.buttons !== 1) return
    const box = event.currentTarget.getBoundingClientRect()
    const { width, height } = event.currentTarget
    const at = {
      x: ((event.clientX - box.left) / box.width) * width,
      y: ((event.clientY - box.top) / box.height) * height,
    }
    const from = last.current ?? at
    last.current = at
    context.globalCompositeOperation = erases ? 'destination-out' : 'source-over'
    context.strokeStyle = `rgb(${tint.join(' ')})`
    context.lineWidth = size
    context.lineCap = 'round'
    context.beginPath()
    context.moveTo(from.x, from.y)
    // A line of no length is not drawn: a press alone makes a dot.
    context.lineTo(at.x + 0.01, at.y)
    context.stroke()
  }
  const invert = (): void => {
    const context = contextOf()
    if (!context) return
    remember()
    context.globalCompositeOperation = 'xor'
    context.fillStyle = `rgb(${tint.join(' ')})`
    context.fillRect(0, 0, context.canvas.width, context.canvas.height)
  }
  const clear = (): void => {
    const context = contextOf()
    if (!context) return
    remember()
    context.clearRect(0, 0, context.canvas.width, context.canvas.height)
  }
  const undo = (): void => {
    const before = past.at(-1)
    if (!before) return
    contextOf()?.putImageData(before, 0, 0)
    setPast(past.slice(0, -1))
  }
  const handlers = {
    onPointerDown: (event: PointerEvent<HTMLCanvasElement>) => {
      event.currentTarget.setPointerCapture(event.pointerId)
      last.current = undefined
      remember()
      stroke(event)
    },
    onPointerMove: stroke,
    onPointerUp: () => void (last.current = undefined),
  }
  return { size, setSize, erases, setErases, canUndo: past.length > 0, undo, invert, clear, handlers }
}
