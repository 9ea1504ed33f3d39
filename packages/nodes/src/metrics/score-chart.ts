import { histogramOf, summaryOf } from './score-summary.ts'
import { decodeImage } from '../image/codec.ts'
import type { ImageTensor } from '../image/image.ts'

/** What a chart of scores shows. */
export interface ScoreChart {
  readonly name: string
  readonly scores: readonly number[]
  readonly bins: number
  /** A second score of each picture: a scatter is drawn beside the histogram. */
  readonly against?: { readonly name: string; readonly scores: readonly number[] }
}

const [panel, margin] = [360, 48]
const ink = '#333a44'

/** A histogram of scores, and where there are two of each picture, a scatter of them, drawn on white. */
export async function scoreChart({ name, scores, bins, against }: ScoreChart): Promise<ImageTensor> {
  const panels = [
    histogram(name, scores, bins),
    ...(against ? [scatter(name, scores, against.name, against.scores)] : []),
  ]
  const width = panels.length * panel
  const drawn = panels.map((content, i) => `<g transform="translate(${i * panel} 0)">${content}</g>`).join('')
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${panel}" width="${width}" height="${panel}" ` +
    `font-family="sans-serif" font-size="12" fill="${ink}"><rect width="100%" height="100%" fill="#fff"/>${drawn}</svg>`
  return (await decodeImage(Buffer.from(svg))).image
}

const inner = panel - 2 * margin
/** From a value to a place in the plot. */
const scale = (least: number, most: number) => (value: number) =>
  margin + (most === least ? 0.5 : (value - least) / (most - least)) * inner

function histogram(name: string, scores: readonly number[], bins: number): string {
  const { edges, counts } = histogramOf(scores, bins)
  const [least = 0, most = 1, highest] = [edges[0], edges.at(-1), Math.max(...counts)]
  const [x, y] = [scale(least, most), (count: number) => panel - scale(0, highest)(count)]
  const bars = counts.map((count, i) => {
    const [left, right] = [x(edges[i]), x(edges[i + 1])]
    return rect(left + 0.5, y(count), right - left - 1, y(0) - y(count))
  })
  const { mean } = summaryOf(scores)
  const line = `<path d="M${round(x(mean))} ${margin}V${panel - margin}" stroke="#c2563c" stroke-width="1.5"/>`
  return [axes(name, [least, most], 'pictures', [0, highest]), ...bars, line].join('')
}

function scatter(name: string, scores: readonly number[], otherName: string, others: readonly number[]): string {
  const [a, b] = [summaryOf(scores), summaryOf(others)]
  const [x, y] = [scale(a.least, a.most), scale(b.least, b.most)]
  const dots = scores.map(
    (score, i) =>
      `<circle cx="${round(x(score))}" cy="${round(panel - y(others[i]))}" r="3" fill="#4a7fb5" fill-opacity=".6"/>`,
  )
  return [axes(name, [a.least, a.most], otherName, [b.least, b.most]), ...dots].join('')
}

type Ends = readonly [least: number, most: number]

function axes(across: string, xEnds: Ends, up: string, yEnds: Ends): string {
  const end = panel - margin
  const label = (x: number, y: number, anchor: string, text: string) =>
    `<text x="${x}" y="${y}" text-anchor="${anchor}">${escaped(text)}</text>`
  return [
    `<path d="M${margin} ${margin}V${end}H${end}" fill="none" stroke="${ink}"/>`,
    label(panel / 2, panel - 10, 'middle', across),
    label(margin, margin - 14, 'middle', up),
    label(margin, end + 16, 'start', shown(xEnds[0])),
    label(end, end + 16, 'end', shown(xEnds[1])),
    label(margin - 4, end, 'end', shown(yEnds[0])),
    label(margin - 4, margin + 4, 'end', shown(yEnds[1])),
  ].join('')
}

const round = (value: number): number => Math.round(value * 100) / 100
const rect = (x: number, y: number, width: number, height: number): string =>
  `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" fill="#4a7fb5"/>`
const shown = (value: number): string => String(Number(value.toPrecision(4)))
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').slice(0, 60)
