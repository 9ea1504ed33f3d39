import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { float32, type Session } from '@patchbay/onnx'
import { numberAt } from '@patchbay/onnx/tensor'
import { resizeToFit } from '../image/fit.ts'
import { imageFrom, sizeOfImage, withoutAlpha, type ImageTensor } from '../image/image.ts'
import { CheckpointError } from '../weights/checkpoint-error.ts'
import { contentKeyOf } from '../weights/component.ts'
import { exportedModel, runExported } from './exported-graph.ts'
import type { Sessions } from './sessions.ts'

/** One of the things that a tagger tells, in the order of its outputs. */
export interface TaggerTag {
  /** With spaces for underscores. */
  readonly name: string
  readonly kind: 'general' | 'character' | 'rating'
}

/** A WD tagger: an ONNX graph and the list of its tags. Nothing is loaded yet. */
export interface Tagger {
  readonly key: string
  readonly file: string
  readonly tags: readonly TaggerTag[]
}

/** A tag of a picture. */
export interface FoundTag extends TaggerTag {
  /** 0 to 1 */
  readonly probability: number
}

export interface TagLimits {
  /** The least probability of a general tag. */
  readonly threshold: number
  readonly characterThreshold: number
  /** Whether the likeliest rating is told too. */
  readonly ratings: boolean
}

const listFile = 'selected_tags.csv'
const kinds: Readonly<Record<string, TaggerTag['kind']>> = { 0: 'general', 4: 'character', 9: 'rating' }

/**
 * Opens a WD tagger (SmilingWolf's): `model.onnx` with `selected_tags.csv` beside it.
 * @throws CheckpointError where the list is not there, or is no list of tags
 */
export function openTagger(path: string): Tagger {
  const list = join(dirname(path), listFile)
  if (!existsSync(list)) {
    throw new CheckpointError(
      `${basename(path)} has no list of tags: put the ${listFile} of its download beside it, in a folder of its own`,
    )
  }
  const [header = '', ...lines] = readFileSync(list, 'utf8')
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
  const columns = header.split(',').map((column) => column.trim())
  const [name, category] = [columns.indexOf('name'), columns.indexOf('category')]
  if (name < 0 || category < 0) {
    throw new CheckpointError(
      `${listFile} beside ${basename(path)} needs the columns "name" and "category"; it has ${columns.join(', ')}`,
    )
  }
  const tags = lines.map((line): TaggerTag => {
    const cells = cellsOf(line)
    return { name: tagText(cells[name] ?? ''), kind: kinds[cells[category] ?? ''] ?? 'general' }
  })
  return { key: contentKeyOf(path), file: path, tags }
}

/** Cells of a line of a CSV file, where one in quotes may hold commas and doubled quotes. */
const cellsOf = (line: string): readonly string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
  )

/** Faces made of signs keep their underscores: `^_^`. */
export const tagText = (name: string): string => {
  const tag = name.trim()
  return /^[^a-z0-9]*_[^a-z0-9]*$|^.{1,3}_.{1,3}$/i.test(tag) && !/[a-z]{2}/i.test(tag) ? tag : tag.replaceAll('_', ' ')
}

/**
 * The tags of one picture, likeliest first. The picture is laid on a white square; the graph sees blue, green and
 * red in 0 to 255, [1, side, side, 3], as these taggers are trained.
 * @throws CheckpointError where the graph has another number of outputs than the list has tags
 */
export async function tagPicture(
  sessions: Sessions,
  { key, file, tags }: Tagger,
  picture: ImageTensor,
  { threshold, characterThreshold, ratings }: TagLimits,
): Promise<readonly FoundTag[]> {
  const probabilities = await sessions.with(
    { key: `${key}|tagger`, build: () => exportedModel(file) },
    async (session) => {
      const { name, side } = inputOf(session, file)
      const pixels = float32([1, side, side, 3], onSquare(picture, side))
      const results = await runExported(session, file, { [name]: pixels })
      return results(...session.outputNames).data
    },
  )
  if (probabilities.length !== tags.length) {
    throw new CheckpointError(
      `${basename(file)} tells ${probabilities.length} tags, but ${listFile} beside it lists ${tags.length}: they are not of one tagger`,
    )
  }
  const all = tags.map((tag, i): FoundTag => ({ ...tag, probability: numberAt(probabilities, i) }))
  const likelier = (a: FoundTag, b: FoundTag): number => b.probability - a.probability
  const rating = ratings
    ? all
        .filter(({ kind }) => kind === 'rating')
        .sort(likelier)
        .slice(0, 1)
    : []
  const limits = { general: threshold, character: characterThreshold, rating: Infinity } as const
  return [...rating, ...all.filter(({ kind, probability }) => probability >= limits[kind]).sort(likelier)]
}

function inputOf(session: Session, file: string): { readonly name: string; readonly side: number } {
  const [input] = session.inputs
  const side = Number(input?.shape[1])
  if (!input || session.inputs.length !== 1 || input.shape.length !== 4 || Number(input.shape[3]) !== 3) {
    const shapes = session.inputs.map(({ name, shape }) => `${name} [${shape.join(', ')}]`).join('; ')
    throw new CheckpointError(`${basename(file)} is no WD tagger: expected one input [1, side, side, 3], got ${shapes}`)
  }
  return { name: input.name, side: Number.isInteger(side) ? side : 448 }
}

/** Blue, green and red in 0 to 255 of a picture in the middle of a white square. */
function onSquare(picture: ImageTensor, side: number): Float32Array {
  const opaque = withoutAlpha(picture)
  const { width, height } = sizeOfImage(opaque)
  const factor = side / Math.max(width, height)
  const size = { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) }
  const fitting = resizeToFit(opaque, size, 'stretch', 'bicubic')
  const [left, top] = [Math.floor((side - size.width) / 2), Math.floor((side - size.height) / 2)]
  return imageFrom({ batch: 1, height: side, width: side, channels: 3 }, (_, y, x, c) => {
    const [column, row] = [x - left, y - top]
    const isInside = column >= 0 && row >= 0 && column < size.width && row < size.height
    return 255 * (isInside ? (fitting.data[(row * size.width + column) * 3 + 2 - c] ?? 1) : 1)
  }).data
}
