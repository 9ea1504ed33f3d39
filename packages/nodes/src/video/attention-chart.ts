import { numberAt } from '@patchbay/onnx/tensor'
import { decodeImage } from '../image/codec.ts'
import type { ImageTensor } from '../image/image.ts'

const [width, rowHeight, top, left, right] = [640, 64, 52, 150, 24]
const colours = ['#c2563c', '#4a7fb5', '#57a773']

/** Bars of exact numbers on a scale of powers of ten, each with its number, drawn on white. */
export async function magnitudeChart(
  title: string,
  rows: readonly { readonly name: string; readonly count: bigint }[],
): Promise<ImageTensor> {
  const height = top + rows.length * rowHeight + 40
  const powers = rows.map(({ count }) => Math.log10(Number(count)))
  const most = Math.max(1, Math.ceil(Math.max(...powers)))
  const scale = (width - left - right) / most
  const ticks = Array.from({ length: most + 1 }, (_, power) => {
    const x = left + power * scale
    const name = power % 2 === 0 ? text(x, height - 14, `10${superscript(power)}`, 'middle') : ''
    return `<path d="M${x} ${top - 8}V${height - 32}" stroke="#e3e6ea"/>${name}`
  })
  const bars = rows.map(({ name, count }, i) => {
    const y = top + i * rowHeight
    const length = Math.max(2, numberAt(powers, i) * scale)
    const bar = `<rect x="${left}" y="${y + 20}" width="${length}" height="26" rx="3" fill="${colours[i % 3] ?? ''}"/>`
    return bar + text(left - 10, y + 38, name, 'end') + text(left + 4, y + 13, grouped(count), 'start')
  })
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" ` +
    `font-family="sans-serif" font-size="14" fill="#333a44"><rect width="100%" height="100%" fill="#fff"/>` +
    `${text(left, 26, title, 'start')}${ticks.join('')}${bars.join('')}</svg>`
  return (await decodeImage(Buffer.from(svg))).image
}

/** 1234567 as "1,234,567". */
export function grouped(count: bigint): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',')
}

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end'): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${escaped}</text>`
}

function superscript(power: number): string {
  return [...String(power)].map((digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] ?? '').join('')
}
