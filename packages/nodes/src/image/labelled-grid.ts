import { concatBatch } from '../tensor/index.ts'
import { colorOf } from './composite.ts'
import { joinImages, padImage } from './geometry.ts'
import { sizeOfImage, type ImageTensor } from './image.ts'
import { drawLabel, heightOfLabel, widthOfLabel, type LabelStyle } from './label.ts'

/**
 * The words at the sides of a grid. The grid has a picture for each column in each row on each page, columns counting
 * fastest.
 */
export interface GridLabels {
  readonly columns: readonly string[]
  /** None: one row without a label. */
  readonly rows?: readonly string[]
  /** None: one page without a title. */
  readonly pages?: readonly string[]
}

export interface GridStyle extends LabelStyle {
  readonly gap: number
}

/** A label of rows is at most this many letters' sizes wide before it is broken into lines. */
const widestRowLabel = 12

/**
 * Pictures in columns and rows with words at their sides; pages come as a batch.
 * @throws RangeError where the number of pictures is not that of the labels, or they differ in size
 */
export async function labelledGrid(
  images: readonly ImageTensor[],
  { columns, rows = [], pages = [] }: GridLabels,
  style: GridStyle,
): Promise<ImageTensor> {
  const [rowCount, pageCount] = [Math.max(1, rows.length), Math.max(1, pages.length)]
  const wanted = columns.length * rowCount * pageCount
  if (images.length !== wanted || wanted === 0) {
    throw new RangeError(
      `A grid of ${columns.length} columns, ${rowCount} rows and ${pageCount} pages takes ${wanted} pictures, but got ${images.length}`,
    )
  }
  const cell = commonSize(images)
  const { size } = style
  const left =
    rows.length === 0 ? 0 : Math.min(widestRowLabel * size, Math.max(...rows.map((text) => widthOfLabel(text, size))))
  const top = Math.max(...columns.map((text) => heightOfLabel(text, cell.width, size)))
  const label = (text: string, width: number, height: number) => drawLabel(text, { width, height }, style)
  const beside = (parts: readonly ImageTensor[]) => joinImages(parts, 'right', filled)
  const filled = { gap: style.gap, fill: [...colorOf(style.background), 1] }
  const corner = left > 0 ? [await label('', left, top)] : []
  const header = beside([...corner, ...(await Promise.all(columns.map((text) => label(text, cell.width, top))))])
  const made: ImageTensor[] = []
  for (let page = 0; page < pageCount; page++) {
    const lines = [header]
    for (let row = 0; row < rowCount; row++) {
      const start = (page * rowCount + row) * columns.length
      const own = left > 0 ? [await label(rows[row] ?? '', left, cell.height)] : []
      lines.push(beside([...own, ...images.slice(start, start + columns.length)]))
    }
    const title = pages[page]
    const width = sizeOfImage(header).width
    const above = title === undefined ? [] : [await label(title, width, heightOfLabel('', width, size))]
    made.push(joinImages([...above, ...lines], 'down', filled))
  }
  const margin = { left: style.gap, top: style.gap, right: style.gap, bottom: style.gap }
  return padImage(concatBatch(made), margin, filled.fill)
}

function commonSize(images: readonly ImageTensor[]): { readonly width: number; readonly height: number } {
  const sizes = images.map(sizeOfImage)
  const [first] = sizes
  const other = sizes.find(({ width, height }) => width !== first?.width || height !== first.height)
  if (!first || other) {
    throw new RangeError(
      `The pictures of a grid have one size, but got ${first?.width} × ${first?.height} and ${other?.width} × ${other?.height}: resize them first`,
    )
  }
  return first
}

/** A value as a grid names it: numbers in few digits, texts as they are. */
export function labelOf(value: unknown): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(5)))
  if (typeof value === 'string') return value === '' ? '(empty)' : value
  return typeof value === 'bigint' || typeof value === 'boolean' ? String(value) : ''
}
