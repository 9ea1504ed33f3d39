import sharp from 'sharp'
import { float32 } from '@patchbay/onnx/tensor'
import type { ImageTensor } from './image.ts'

export interface LabelStyle {
  /** Height of the letters' line in pixels. */
  readonly size: number
  readonly color: string
  readonly background: string
}

/** Letters of a sans-serif face are about this wide, as a share of their size. */
const letterWidth = 0.56
const lineHeight = 1.25

/** A text broken into lines that fit a width in pixels; words that are longer than a line are cut. */
export function linesOf(text: string, width: number, size: number): readonly string[] {
  const most = Math.max(1, Math.floor(width / (letterWidth * size)))
  const lines: string[] = []
  for (const paragraph of text.split('\n')) {
    let line = ''
    for (const word of paragraph.split(/\s+/).flatMap((whole) => whole.match(new RegExp(`.{1,${most}}`, 'gu')) ?? [])) {
      if (line === '') line = word
      else if (line.length + 1 + word.length <= most) line = `${line} ${word}`
      else {
        lines.push(line)
        line = word
      }
    }
    lines.push(line)
  }
  return lines
}

/** How many pixels a text needs at least: in one line, and its lines at a width. */
export const widthOfLabel = (text: string, size: number): number => Math.ceil((text.length + 2) * letterWidth * size)
export const heightOfLabel = (text: string, width: number, size: number): number =>
  Math.ceil((linesOf(text, width, size).length + 0.5) * lineHeight * size)

/**
 * A text in the middle of a picture of this size, [1, height, width, 3]; drawn with the sans-serif font of the machine.
 */
export async function drawLabel(
  text: string,
  { width, height }: { readonly width: number; readonly height: number },
  { size, color, background }: LabelStyle,
): Promise<ImageTensor> {
  const lines = linesOf(text, width, size)
  const top = height / 2 - ((lines.length - 1) / 2) * lineHeight * size
  const rows = lines.map(
    (line, index) => `<text x="${width / 2}" y="${top + index * lineHeight * size}">${escaped(line)}</text>`,
  )
  const style = `font-family="sans-serif" font-size="${size}" fill="${color}" text-anchor="middle" dominant-baseline="central"`
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="${background}"/><g ${style}>${rows.join('')}</g></svg>`
  const bytes = await sharp(Buffer.from(svg))
    .flatten({ background })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer()
  return float32(
    [1, height, width, 3],
    Float32Array.from(bytes, (value) => value / 255),
  )
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
