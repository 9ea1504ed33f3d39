import { useEffect, useRef, useState, type PointerEvent } from 'react'
import { setValue } from '../../state/edits/nodes.ts'
import { messageOf, say } from '../../state/editor.ts'
import { useEditor, useT, useTab } from '../../contexts/editor-context.tsx'
import { Sheet } from '../controls.tsx'

interface MaskPainterProps {
  readonly node: string
  readonly input: string
  readonly file: string
  readonly close: () => void
}

/** Paints what shall be made anew over a picture. It is kept as the picture's transparency, which loads as the mask. */
export function MaskPainter({ node, input, file, close }: MaskPainterProps) {
  const t = useT()
  const editor = useEditor()
  const tab = useTab()
  const canvas = useRef<HTMLCanvasElement>(null)
  const picture = useRef<HTMLImageElement | undefined>(undefined)
  const last = useRef<{ x: number; y: number } | undefined>(undefined)
  const [brush, setBrush] = useState(40)
  const [erases, setErases] = useState(false)
  const [busy, setBusy] = useState(false)

  useEffect(() => {
    const image = new Image()
    image.onload = () => {
      picture.current = image
      if (!canvas.current) return
      canvas.current.width = image.naturalWidth
      canvas.current.height = image.naturalHeight
    }
    image.src = editor.client.files.url('input', file)
  }, [editor, file])

  const place = (event: PointerEvent<HTMLCanvasElement>): { x: number; y: number } => {
    const box = event.currentTarget.getBoundingClientRect()
    const { width, height } = event.currentTarget
    return { x: ((event.clientX - box.left) / box.width) * width, y: ((event.clientY - box.top) / box.height) * height }
  }
  const stroke = (event: PointerEvent<HTMLCanvasElement>): void => {
    const context = event.currentTarget.getContext('2d')
    if (!context || event.buttons !== 1) return
    const at = place(event)
    const from = last.current ?? at
    last.current = at
    context.globalCompositeOperation = erases ? 'destination-out' : 'source-over'
    context.strokeStyle = '#ff4d6d'
    context.lineWidth = brush
    context.lineCap = 'round'
    context.beginPath()
    context.moveTo(from.x, from.y)
    context.lineTo(at.x + 0.01, at.y)
    context.stroke()
  }
  const invert = (): void => {
    const context = canvas.current?.getContext('2d')
    if (!context || !canvas.current) return
    context.globalCompositeOperation = 'xor'
    context.fillStyle = '#ff4d6d'
    context.fillRect(0, 0, canvas.current.width, canvas.current.height)
  }
  const clear = (): void => {
    canvas.current?.getContext('2d')?.clearRect(0, 0, canvas.current.width, canvas.current.height)
  }
  const save = async (): Promise<void> => {
    const mask = canvas.current
    const image = picture.current
    if (!mask || !image) return
    setBusy(true)
    try {
      const blob = await withTransparency(image, mask)
      const name = `${file.replace(/\.[^.]+$/, '').replace(/^.*\//, '')}-mask.png`
      const stored = await editor.client.files.upload(blob, name)
      tab.document.editGraph('mask', (graph) => setValue(graph, node, input, stored.name))
      close()
    } catch (error) {
      say(editor.surface, t('widget.uploadFailed', { reason: messageOf(error) }), 'bad')
      setBusy(false)
    }
  }
  return (
    <Sheet title={t('mask.title')} onClose={close} wide>
      <div className="result-bar">
        <label className="mask-brush">
          {t('mask.brush')}
          <input
            type="range"
            min={4}
            max={200}
            value={brush}
            onChange={(event) => setBrush(Number(event.currentTarget.value))}
          />
        </label>
        <button type="button" className="button" aria-pressed={erases} onClick={() => setErases(!erases)}>
          {t(erases ? 'mask.erase' : 'mask.paint')}
        </button>
        <button type="button" className="button" onClick={invert}>
          {t('mask.invert')}
        </button>
        <button type="button" className="button" onClick={clear}>
          {t('mask.clear')}
        </button>
        <button type="button" className="button primary" disabled={busy} onClick={() => void save()}>
          {t('mask.save')}
        </button>
      </div>
      <div className="mask-stage">
        <img src={editor.client.files.url('input', file)} alt={file} draggable={false} />
        <canvas
          ref={canvas}
          aria-label={t('mask.title')}
          onPointerDown={(event) => {
            event.currentTarget.setPointerCapture(event.pointerId)
            last.current = undefined
            stroke(event)
          }}
          onPointerMove={stroke}
          onPointerUp={() => (last.current = undefined)}
        />
      </div>
    </Sheet>
  )
}

/** The picture with the painted parts transparent. */
async function withTransparency(image: HTMLImageElement, mask: HTMLCanvasElement): Promise<Blob> {
  const canvas = document.createElement('canvas')
  canvas.width = image.naturalWidth
  canvas.height = image.naturalHeight
  const context = canvas.getContext('2d')
  if (!context) throw new Error('This browser cannot draw the mask.')
  context.drawImage(image, 0, 0)
  context.globalCompositeOperation = 'destination-out'
  context.drawImage(mask, 0, 0)
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'))
  if (!blob) throw new Error('This browser cannot write PNG files.')
  return blob
}
