import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, extname, isAbsolute, join, normalize, sep } from 'node:path'
import { parseCaptionLines, parseCaptionTable, type ParsedCaptions } from './caption-file.ts'

/** A picture file with the text that describes it. */
export interface CaptionedFile {
  readonly path: string
  readonly caption: string
}

/**
 * A folder cannot be trained on as it is; `problems` has a sentence for every row and file that is wrong, not only the
 * first.
 */
export class CaptionError extends Error {
  override readonly name = 'CaptionError'
  readonly problems: readonly string[]
  constructor(folder: string, problems: readonly string[]) {
    super(`"${basename(folder)}" cannot be used for training; ${problems.length} to mend:\n${problems.join('\n')}`)
    this.problems = problems
  }
}

const pictureTypes = new Set(['.png', '.jpg', '.jpeg', '.webp', '.avif', '.gif', '.tif', '.tiff', '.svg'])
const captionFiles: readonly (readonly [name: string, parse: (content: string) => ParsedCaptions])[] = [
  ['metadata.jsonl', parseCaptionLines],
  ['captions.jsonl', parseCaptionLines],
  ['metadata.csv', parseCaptionTable],
  ['captions.csv', parseCaptionTable],
]

/**
 * The captioned pictures of a folder, in the order of their names. Captions come from `metadata.jsonl`,
 * `captions.jsonl`, `metadata.csv` or
 * `captions.csv`, and where there is none of these, from a `.txt` beside each picture.
 * @throws CaptionError naming every bad row and every picture without a caption
 */
export async function readCaptionedFolder(folder: string): Promise<readonly CaptionedFile[]> {
  const names = (await readdir(folder)).sort()
  for (const [name, parse] of captionFiles) {
    if (!names.includes(name)) continue
    const content = await textIn(join(folder, name))
    if (content === undefined) throw new CaptionError(folder, [`${name} ${notText}`])
    return fromCaptionFile(folder, name, parse(content))
  }
  return fromTexts(folder, names)
}

async function fromCaptionFile(
  folder: string,
  name: string,
  parsed: ParsedCaptions,
): Promise<readonly CaptionedFile[]> {
  const problems = [...parsed.problems]
  const found: CaptionedFile[] = []
  for (const { file, caption, line } of parsed.rows) {
    const path = join(folder, file)
    const problem = leavesFolder(file)
      ? `line ${line}: "${file}" lies outside the folder; use a path below it`
      : !pictureTypes.has(extname(file).toLowerCase())
        ? `line ${line}: "${file}" is no picture; expected one of ${[...pictureTypes].join(' ')}`
        : (await isFile(path))
          ? undefined
          : `line ${line}: there is no "${file}"`
    if (problem === undefined) found.push({ path, caption })
    else problems.push(problem)
  }
  if (found.length === 0 && problems.length === 0) problems.push('no row')
  if (problems.length > 0)
    throw new CaptionError(
      folder,
      problems.sort(byLine).map((problem) => `${name}, ${problem}`),
    )
  return found.sort((a, b) => (a.path < b.path ? -1 : 1))
}

async function fromTexts(folder: string, names: readonly string[]): Promise<readonly CaptionedFile[]> {
  const problems: string[] = []
  const found: CaptionedFile[] = []
  for (const name of names.filter((file) => pictureTypes.has(extname(file).toLowerCase()))) {
    const textName = `${name.slice(0, -extname(name).length)}.txt`
    if (!names.includes(textName)) {
      problems.push(`${name}: there is no ${textName} beside it`)
      continue
    }
    const caption = (await textIn(join(folder, textName)))?.trim()
    if (caption) found.push({ path: join(folder, name), caption })
    else problems.push(caption === undefined ? `${textName} ${notText}` : `${textName} is empty`)
  }
  if (found.length === 0 && problems.length === 0) problems.push('it holds no picture')
  if (problems.length > 0) throw new CaptionError(folder, problems)
  return found
}

const notText = 'is text of another encoding: save it as UTF-8'

/**
 * The text of a file in UTF-8, or in UTF-16 with the mark that Windows puts before it; undefined for any other
 * encoding.
 */
async function textIn(path: string): Promise<string | undefined> {
  const bytes = await readFile(path)
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8'
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

const leavesFolder = (file: string): boolean =>
  isAbsolute(file) || normalize(file).split(sep)[0] === '..' || /^[a-z]:/i.test(file)

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false
}

const byLine = (a: string, b: string): number => lineOf(a) - lineOf(b)
const lineOf = (problem: string): number => Number(/^line (\d+)/.exec(problem)?.[1] ?? 0)
