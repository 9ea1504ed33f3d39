import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { decodeImage, encodeImage, pictureDifference, picturesOf, withAlpha, type ImageTensor } from '@patchbay/nodes'
import { messageOf } from '../message-of.ts'

/** What became of one picture: a sentence, and whether it is as it must be. */
export interface PictureFinding {
  readonly passed: boolean
  readonly line: string
}

export interface GoldenOptions {
  /** Where the golden pictures lie; those of an output are `<output>-1.png` onward. */
  readonly golden: string
  /** Where pictures that failed are put, with one that shows the difference. */
  readonly out: string
  readonly update: boolean
}

/** Compares the pictures of an output with its golden ones, or makes these from them. */
export async function checkPictures(
  name: string,
  batches: readonly ImageTensor[],
  tolerance: number,
  { golden, out, update }: GoldenOptions,
): Promise<readonly PictureFinding[]> {
  const pictures = [...picturesOf(batches)]
  const findings: PictureFinding[] = []
  for (const [k, picture] of pictures.entries()) {
    const file = `${name}-${k + 1}.png`
    const path = join(golden, file)
    const bytes = await encodeImage(picture, 0, { format: 'png' })
    if (!existsSync(path)) {
      if (update) await put(path, bytes)
      findings.push(
        update
          ? { passed: true, line: `${file}: golden picture made` }
          : { passed: false, line: `${file}: there is no golden picture at ${path}; make it with --update` },
      )
      continue
    }
    const finding = await compare(file, bytes, path, tolerance, out)
    if (finding.passed || !update) findings.push(finding)
    else {
      await put(path, bytes)
      findings.push({ passed: true, line: `${finding.line}: golden picture replaced` })
    }
  }
  return [...findings, ...(await leftOver(name, pictures.length, golden, update))]
}

async function compare(
  file: string,
  bytes: Buffer,
  path: string,
  tolerance: number,
  out: string,
): Promise<PictureFinding> {
  try {
    // Both through the same file format, so that rounding to bytes is no difference.
    const [actual, expected] = await Promise.all([whole(bytes), readFile(path).then(whole)])
    const { mean, most, seen, box, picture } = pictureDifference(actual, expected)
    const measured = `${file}: mean difference ${digits(mean)} (allowed ${digits(tolerance)})`
    if (mean <= tolerance) return { passed: true, line: measured }
    const where = box
      ? `, ${percent(seen)} of pixels visibly, in ${box.width} × ${box.height} at ${box.left}, ${box.top}`
      : ''
    const kept = await keep(file, bytes, await encodeImage(picture, 0, { format: 'png' }), out)
    return { passed: false, line: `${measured}; the most is ${digits(most)}${where}. See ${kept}` }
  } catch (error) {
    const kept = await keep(file, bytes, undefined, out)
    return { passed: false, line: `${file}: ${messageOf(error)}. See ${kept}` }
  }
}

/** Puts the picture, and the one of the difference, where they can be looked at; gives the place to look. */
async function keep(file: string, bytes: Buffer, difference: Buffer | undefined, out: string): Promise<string> {
  const stem = file.slice(0, -'.png'.length)
  await put(join(out, `${stem}.actual.png`), bytes)
  if (!difference) return join(out, `${stem}.actual.png`)
  const path = join(out, `${stem}.difference.png`)
  await put(path, difference)
  return path
}

/** Golden pictures past the last one that was made: the workflow made more when they were kept. */
async function leftOver(name: string, count: number, golden: string, update: boolean): Promise<PictureFinding[]> {
  if (!existsSync(golden)) return []
  const numbers = (await readdir(golden)).flatMap((file) => {
    const [, stem, number] = /^(.+)-(\d+)\.png$/.exec(file) ?? []
    return stem === name && Number(number) > count ? [Number(number)] : []
  })
  if (update) for (const number of numbers) await rm(join(golden, `${name}-${number}.png`))
  return numbers.map((number) => ({
    passed: update,
    line: update
      ? `${name}-${number}.png: golden picture removed`
      : `${name}-${number}.png: only ${count} pictures were made`,
  }))
}

async function whole(bytes: Buffer): Promise<ImageTensor> {
  const { image, alpha } = await decodeImage(bytes)
  return alpha ? withAlpha(image, alpha) : image
}

async function put(path: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, bytes)
}

const digits = (value: number): string => String(Number(value.toPrecision(3)))
const percent = (share: number): string => `${digits(share * 100)} %`

/** Where the golden pictures and the test file of a workflow are: beside it, under its name. */
export function placesOf(workflow: string): { readonly test: string; readonly golden: string } {
  const stem = join(dirname(workflow), basename(workflow).replace(/\.json$/, ''))
  return { test: `${stem}.test.json`, golden: `${stem}.golden` }
}
