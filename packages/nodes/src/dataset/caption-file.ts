/** One row of a caption file, before the picture is looked for. */
export interface CaptionRow {
  /** Relative to the caption file's folder. */
  readonly file: string
  readonly caption: string
  /** Counted from 1, as editors show it. */
  readonly line: number
}

export interface ParsedCaptions {
  readonly rows: readonly CaptionRow[]
  /** One sentence for each bad row, beginning with its line. */
  readonly problems: readonly string[]
}

/** The field names in use: `file_name` and `text` (Hugging Face's image folders), and what else people write. */
const fileFields = ['file_name', 'file', 'image', 'path', 'filename']
const captionFields = ['text', 'caption', 'prompt']

/** Reads JSON Lines: one object a line with a file name and a caption. Blank lines are skipped. */
export function parseCaptionLines(content: string): ParsedCaptions {
  const parsed = plainText(content)
    .split('\n')
    .map((text, index) => ({ text, line: index + 1 }))
    .filter(({ text }) => text.trim() !== '')
    .map(({ text, line }) => rowOf(jsonObject(text), line))
  return collected(parsed)
}

/**
 * Reads comma-separated values with a header line, quoted as in RFC 4180: quotes are doubled, and may hold commas and
 * line ends.
 */
export function parseCaptionTable(content: string): ParsedCaptions {
  const [header, ...records] = csvRecords(plainText(content))
  if (!header)
    return { rows: [], problems: ['line 1: the file is empty; expected a header line such as file_name,text'] }
  const names = header.cells.map((cell) => cell.trim().toLowerCase())
  const missing = [fileFields, captionFields].filter((known) => !names.some((name) => known.includes(name)))
  if (missing.length > 0) {
    const wanted = missing.map((known) => known.join(' or ')).join(', and ')
    return { rows: [], problems: [`line ${header.line}: the header is ${names.join(',')}, but needs ${wanted}`] }
  }
  return collected(
    records.map(({ cells, line }) =>
      cells.length === names.length
        ? rowOf(Object.fromEntries(names.map((name, i) => [name, cells[i]])), line)
        : `line ${line}: ${cells.length} cells where the header has ${names.length}; put captions with commas in double quotes`,
    ),
  )
}

function collected(parsed: readonly (CaptionRow | string)[]): ParsedCaptions {
  const rows: CaptionRow[] = []
  const problems: string[] = []
  const lineOfFile = new Map<string, number>()
  for (const row of parsed) {
    if (typeof row === 'string') {
      problems.push(row)
      continue
    }
    const earlier = lineOfFile.get(row.file)
    if (earlier === undefined) rows.push(row)
    else problems.push(`line ${row.line}: "${row.file}" has a caption already, in line ${earlier}`)
    lineOfFile.set(row.file, earlier ?? row.line)
  }
  return { rows, problems }
}

function rowOf(fields: Readonly<Record<string, unknown>> | string, line: number): CaptionRow | string {
  if (typeof fields === 'string') return `line ${line}: ${fields}`
  const textOf = (names: readonly string[]): string | undefined => {
    const value = names.map((name) => fields[name]).find((found) => found !== undefined)
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
  }
  const [file, caption] = [textOf(fileFields), textOf(captionFields)]
  if (file === undefined) return `line ${line}: no file name; expected a text under ${fileFields.join(', ')}`
  if (caption === undefined)
    return `line ${line}: "${file}" has no caption; expected a text under ${captionFields.join(', ')}`
  return { file, caption, line }
}

function jsonObject(text: string): Readonly<Record<string, unknown>> | string {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // Falls through to the sentence below: what JSON.parse says names no line.
  }
  return 'no JSON object; expected such as {"file_name": "cat.png", "text": "a cat"}'
}

/** Spreadsheets put a byte order mark before the first name, and end lines as Windows does. */
const plainText = (content: string): string => content.replace(/^\uFEFF/, '').replaceAll(/\r\n?/g, '\n')

function csvRecords(content: string): { readonly cells: string[]; readonly line: number }[] {
  const records: { cells: string[]; line: number }[] = []
  let [cell, quoted, line, begun] = ['', false, 1, 1]
  let cells: string[] = []
  const endRecord = (): void => {
    cells.push(cell)
    if (cells.length > 1 || cell.trim() !== '') records.push({ cells, line: begun })
    cells = []
    cell = ''
  }
  for (let i = 0; i < content.length; i++) {
    const sign = content[i] ?? ''
    if (sign === '\n') line++
    if (quoted) {
      if (sign !== '"') cell += sign
      else if (content[i + 1] === '"') cell += content[++i] ?? ''
      else quoted = false
    } else if (sign === '"' && cell.trim() === '') {
      quoted = true
      cell = ''
    } else if (sign === ',') {
      cells.push(cell)
      cell = ''
    } else if (sign === '\n') {
      endRecord()
      begun = line
    } else cell += sign
  }
  endRecord()
  return records
}
