import { numberAt } from '@patchbay/onnx/tensor'
import { philoxUniform, type Seed } from '../../random/index.ts'
import type { Dataset } from '../../dataset/dataset.ts'
import { trainingStreams } from './batches.ts'

/** One thing in two styles, and drawings of other things in the second. */
export interface StylePair {
  /** Places in the set's pictures. */
  readonly from: number
  readonly to: number
  readonly references: readonly number[]
}

/** Pictures of a set by what they show, and by how they are drawn. */
export interface StyleIndex {
  /** For each thing that is drawn in several styles, the places of its pictures. */
  readonly things: readonly (readonly number[])[]
  readonly byStyle: ReadonlyMap<string, readonly number[]>
}

/**
 * Finds the things that several styles draw.
 * @throws RangeError where there is none: nothing can be learnt of such a set
 */
export function styleIndexOf({ pictures, title }: Dataset): StyleIndex {
  const things = new Map<string, Map<string, number>>()
  const byStyle = new Map<string, number[]>()
  for (const [place, { concept, style }] of pictures.entries()) {
    if (concept === undefined || style === undefined) continue
    const drawings = things.get(concept) ?? new Map<string, number>()
    things.set(concept, drawings.has(style) ? drawings : drawings.set(style, place))
    byStyle.set(style, [...(byStyle.get(style) ?? []), place])
  }
  const several = [...things.values()].filter(({ size }) => size > 1).map((drawings) => [...drawings.values()])
  if (several.length > 0) return { things: several, byStyle }
  throw new RangeError(
    `"${title}" shows nothing in two styles: expected a set that knows what its pictures show and in which style, such as EmojiPictures with several styles.`,
  )
}

/** References are one to so many. */
const mostReferences = 4
/** Draws of one pair: thing, two styles, how many references, and each of them. */
const drawsEach = 4 + mostReferences

/** The pairs of one training step. A pure function of seed and step. */
export function stylePairsOfStep(
  { pictures }: Dataset,
  { things, byStyle }: StyleIndex,
  { seed, step, batch }: { readonly seed: Seed; readonly step: number; readonly batch: number },
): readonly StylePair[] {
  const draws = philoxUniform(seed, [batch * drawsEach], [step, trainingStreams.rows]).data
  return Array.from({ length: batch }, (_, k): StylePair => {
    const pick = <Entry>(list: readonly Entry[], i: number): Entry | undefined =>
      list[Math.min(list.length - 1, Math.floor(numberAt(draws, k * drawsEach + i) * list.length))]
    const drawings = pick(things, 0) ?? []
    const from = pick(drawings, 1) ?? 0
    const others = drawings.filter((place) => place !== from)
    const to = pick(others, 2) ?? from
    const drawn = (byStyle.get(pictures[to]?.style ?? '') ?? []).filter((place) => place !== to)
    const count = 1 + Math.floor(numberAt(draws, k * drawsEach + 3) * mostReferences)
    const references = Array.from({ length: count }, (__, i) => pick(drawn.length > 0 ? drawn : [to], 4 + i) ?? to)
    return { from, to, references }
  })
}
