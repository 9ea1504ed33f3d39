import { useEffect, useRef } from 'react'
import UPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Curve } from '../../state/runs/shown.ts'

interface PlotProps extends Curve {
  readonly title: string
}

/** Curves over steps, such as losses; new points are drawn into the plot that is there. */
export function Plot({ title, x, series }: PlotProps) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<UPlot>(undefined)
  const names = series.map(({ name }) => name).join('\n')
  useEffect(() => {
    if (!box.current) return
    const style = getComputedStyle(box.current)
    const token = (name: string): string => style.getPropertyValue(`--${name}`)
    const axis = { stroke: token('text-soft'), grid: { stroke: token('border'), width: 1 } }
    const colors = [token('accent'), token('running'), token('finished'), token('failed')]
    const made = new UPlot(
      {
        width: box.current.clientWidth,
        height: 180,
        scales: { x: { time: false } },
        axes: [axis, { ...axis, size: 56 }],
        series: [
          { label: 'step' },
          ...names
            .split('\n')
            .map((name, index) => ({ label: name, stroke: colors[index % colors.length] ?? '', width: 2 })),
        ],
      },
      [],
      box.current,
    )
    plot.current = made
    const resized = new ResizeObserver(([entry]) => {
      if (entry) made.setSize({ width: entry.contentRect.width, height: 180 })
    })
    resized.observe(box.current)
    return () => {
      resized.disconnect()
      made.destroy()
    }
  }, [names])
  useEffect(() => plot.current?.setData([[...x], ...series.map(({ values }) => [...values])]), [names, x, series])
  return <div ref={box} className="plot" role="img" aria-label={title} />
}
