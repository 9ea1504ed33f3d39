import { useEffect, useRef } from 'react'
import UPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

interface PlotProps {
  readonly title: string
  readonly x: readonly number[]
  readonly series: readonly { readonly name: string; readonly values: readonly (number | null)[] }[]
}

/** Curves over steps, such as losses. */
export function Plot({ title, x, series }: PlotProps) {
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (!box.current) return
    const style = getComputedStyle(box.current)
    const token = (name: string): string => style.getPropertyValue(`--${name}`)
    const axis = { stroke: token('text-soft'), grid: { stroke: token('border'), width: 1 } }
    const colors = [token('accent'), token('running'), token('finished'), token('failed')]
    const plot = new UPlot(
      {
        title,
        width: box.current.clientWidth,
        height: 190,
        scales: { x: { time: false } },
        axes: [axis, axis],
        series: [
          {},
          ...series.map(({ name }, index) => ({ label: name, stroke: colors[index % colors.length] ?? '', width: 2 })),
        ],
      },
      [[...x], ...series.map(({ values }) => [...values])],
      box.current,
    )
    return () => plot.destroy()
  }, [title, x, series])
  return <div ref={box} className="plot" />
}
