import { decodeImage } from '../image/codec.ts'
import type { ImageTensor } from '../image/image.ts'

export interface Bar {
  readonly label: string
  readonly value: number
  /** What it measures by, drawn paler. */
  readonly isRuler?: boolean
}

export interface BarChart {
  readonly title: string
  readonly bars: readonly Bar[]
  /** Written under the bars. */
  readonly note?: string
}

const [width, left, right, top, row] = [660, 230, 76, 44, 30]
const ink = '#333a44'

/** Bars from the left, one below the other, each with its value; drawn on white. */
export async function barChart({ title, bars, note }: BarChart): Promise<ImageTensor> {
  const height = top + bars.length * row + (note === undefined ? 14 : 38)
  const most = Math.max(...bars.map(({ value }) => value), 1e-9)
  const inner = width - left - right
  const drawn = bars.map(({ label, value, isRuler }, i) => {
    const y = top + i * row
    const long = Math.max(0, value / most) * inner
    const color = isRuler ? '#b9c3cf' : '#4a7fb5'
    return (
      text(left - 10, y + 17, 'end', label) +
      `<rect x="${left}" y="${y + 3}" width="${rounded(long)}" height="${row - 9}" fill="${color}"/>` +
      text(left + long + 8, y + 17, 'start', shown(value))
    )
  })
  const axis = `<path d="M${left} ${top}V${top + bars.length * row}" stroke="${ink}"/>`
  const below = note === undefined ? '' : text(20, height - 14, 'start', note)
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `font-family="sans-serif" font-size="13" fill="${ink}"><rect width="100%" height="100%" fill="#fff"/>` +
    `${text(20, 26, 'start', title)}${drawn.join('')}${axis}${below}</svg>`
  return (await decodeImage(Buffer.from(svg))).image
}

const text = (x: number, y: number, anchor: string, words: string): string =>
  `<text x="${rounded(x)}" y="${y}" text-anchor="${anchor}">${escaped(words)}</text>`
const rounded = (value: number): number => Math.round(value * 100) / 100
const shown = (value: number): string => String(Number(value.toPrecision(4)))
const escaped = (words: string): string =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').slice(0, 90)
