import { useRef, type PointerEvent } from 'react'
import type { JsonValue } from '@patchbay/engine/workflow'
import { useT } from '../../contexts/editor-context.tsx'
import { keepInside } from './plain-widgets.tsx'
import type { WidgetProps } from './widget-props.ts'

type CurvePoint = readonly [x: number, y: number]

/** The points of a curve as the document keeps them, sorted by x; the straight line when there are none. */
export function curvePoints(value: JsonValue): CurvePoint[] {
  const points = Array.isArray(value)
    ? value.flatMap((point: JsonValue): CurvePoint[] => {
        const [x, y] = Array.isArray(point) ? point : []
        return typeof x === 'number' && typeof y === 'number' ? [[x, y]] : []
      })
    : []
  return points.length > 0
    ? points.sort((a, b) => a[0] - b[0])
    : [
        [0, 0],
        [1, 1],
      ]
}

const round = (number: number): number => Math.round(Math.min(1, Math.max(0, number)) * 1000) / 1000

/** A piecewise curve from 0 to 1: click to add a point, drag to move it, double-click to remove it. */
export function CurveWidget({ value, spoken, change, id }: WidgetProps<'curve'>) {
  const t = useT()
  const held = useRef<number | undefined>(undefined)
  const points = curvePoints(value)
  const place = (event: PointerEvent<SVGElement>): CurvePoint => {
    const svg = event.currentTarget.closest('svg') ?? event.currentTarget
    const box = svg.getBoundingClientRect()
    return [round((event.clientX - box.left) / box.width), round(1 - (event.clientY - box.top) / box.height)]
  }
  const down = (event: PointerEvent<SVGElement>): void => {
    event.stopPropagation()
    event.currentTarget.setPointerCapture(event.pointerId)
    const at = place(event)
    const near = points.findIndex(([x, y]) => Math.hypot(x - at[0], (y - at[1]) * 0.5) < 0.06)
    if (near >= 0) {
      held.current = near
      return
    }
    const next = [...points, at].sort((a, b) => a[0] - b[0])
    held.current = next.indexOf(at)
    change(next, 'drag')
  }
  const move = (event: PointerEvent<SVGElement>): void => {
    const index = held.current
    if (index === undefined) return
    const [x, y] = place(event)
    const low = points[index - 1]?.[0] ?? 0
    const high = points[index + 1]?.[0] ?? 1
    change(
      points.map((point, one) => (one === index ? [Math.min(high, Math.max(low, x)), y] : point)),
      'drag',
    )
  }
  const remove = (index: number): void => {
    if (points.length > 2) change(points.filter((_, one) => one !== index))
  }
  return (
    <svg
      id={id}
      className="curve"
      viewBox="0 0 1 1"
      preserveAspectRatio="none"
      role="img"
      aria-label={`${spoken}. ${t('widget.curve')}`}
      {...keepInside}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={() => (held.current = undefined)}
    >
      <path className="curve-grid" d="M0 .25H1M0 .5H1M0 .75H1M.25 0V1M.5 0V1M.75 0V1" />
      <polyline className="curve-line" points={points.map(([x, y]) => `${x},${1 - y}`).join(' ')} />
      {points.map(([x, y], index) => (
        <line
          key={index}
          className="curve-point"
          x1={x}
          x2={x}
          y1={1 - y}
          y2={1 - y}
          onDoubleClick={() => remove(index)}
        />
      ))}
    </svg>
  )
}
