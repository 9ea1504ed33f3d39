import { FaultBoundary } from '../../contexts/fault-boundary.tsx'
import { loadedPart } from '../../contexts/loaded-part.tsx'
import { reportOf, textOf, type Curve } from '../../state/runs/shown.ts'
import type { JsonObject } from '@patchbay/engine/workflow'

const Plot = loadedPart(async () => (await import('./plot.tsx')).Plot)

interface ReportProps {
  readonly title: string
  readonly shown: JsonObject
  /** What the node has told so far, while it runs. */
  readonly live: Curve | undefined
}

/** What a node shows: curves, facts, tables and texts. */
export function NodeReport({ title, shown, live }: ReportProps) {
  const { curve = live, facts, texts, tables } = reportOf(shown)
  return (
    <section className="node-report" aria-label={title}>
      <h3 className="panel-title">{title}</h3>
      {curve && curve.x.length > 1 && (
        <FaultBoundary scope="node">
          <Plot title={title} x={curve.x} series={curve.series} fallback={<div className="plot-room" />} />
        </FaultBoundary>
      )}
      {facts.length > 0 && (
        <dl className="facts">
          {facts.map(({ name, value }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{textOf(value)}</dd>
            </div>
          ))}
        </dl>
      )}
      {tables.map(({ name, columns, rows }) => (
        <div key={name} className="table-room" tabIndex={0} role="group" aria-label={name}>
          <table>
            <caption>{name}</caption>
            {columns.some(Boolean) && (
              <thead>
                <tr>
                  {columns.map((column) => (
                    <th key={column} scope="col">
                      {column}
                    </th>
                  ))}
                </tr>
              </thead>
            )}
            <tbody>
              {rows.map((row, index) => (
                <tr key={index}>
                  {row.map((cell, at) => (
                    <td key={at} data-number={typeof cell === 'number' || undefined}>
                      {textOf(cell)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ))}
      {texts.map(({ name, text }) => (
        <details key={name} open={text.length < 600}>
          <summary>{name}</summary>
          <pre className="report">{text}</pre>
        </details>
      ))}
    </section>
  )
}
