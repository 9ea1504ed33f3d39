/** A caption and what people say of the same picture. */
export interface CaptionPair {
  readonly caption: string
  readonly references: readonly string[]
}

const longest = 4

/** Words in lower case, without punctuation: captions are compared as COCO's evaluation compares them. */
export function captionWords(text: string): readonly string[] {
  const apart = text.toLowerCase().replaceAll(/([a-z0-9])('s|'re|n't|'ll|'ve|'d|'m)\b/g, '$1 $2')
  return apart.split(/[^\p{L}\p{N}'-]+/u).filter((word) => /[\p{L}\p{N}]/u.test(word))
}

/** How often each run of `n` words comes. */
function runsOf(words: readonly string[], n: number): Map<string, number> {
  const runs = new Map<string, number>()
  for (let i = 0; i + n <= words.length; i++) {
    const run = words.slice(i, i + n).join(' ')
    runs.set(run, (runs.get(run) ?? 0) + 1)
  }
  return runs
}

/**
 * BLEU-4 of a whole set (Papineni et al. 2002), 0 to 1: the geometric mean of the precisions of runs of 1 to 4 words,
 * each counted at most as often as in one reference, times a penalty for captions shorter than the nearest reference.
 */
export function bleu(pairs: readonly CaptionPair[]): number {
  const [right, said] = [new Float64Array(longest), new Float64Array(longest)]
  let [length, wanted] = [0, 0]
  for (const { caption, references } of pairs) {
    const words = captionWords(caption)
    const others = references.map(captionWords)
    length += words.length
    wanted += nearestLength(words.length, others)
    for (let n = 1; n <= longest; n++) {
      const known = others.map((other) => runsOf(other, n))
      for (const [run, count] of runsOf(words, n)) {
        const most = Math.max(0, ...known.map((runs) => runs.get(run) ?? 0))
        right[n - 1] = (right[n - 1] ?? 0) + Math.min(count, most)
        said[n - 1] = (said[n - 1] ?? 0) + count
      }
    }
  }
  // The tiny numbers are those of COCO's evaluation: they keep a set without any run of 4 words from 0 / 0.
  const product = right.reduce((all, count, i) => all * ((count + 1e-15) / ((said[i] ?? 0) + 1e-9)), 1)
  const ratio = (length + 1e-15) / (wanted + 1e-9)
  return product ** (1 / longest) * (ratio < 1 ? Math.exp(1 - 1 / ratio) : 1)
}

function nearestLength(length: number, references: readonly (readonly string[])[]): number {
  const lengths = references.map((words) => words.length).sort((a, b) => a - b)
  return lengths.reduce(
    (nearest, one) => (Math.abs(one - length) < Math.abs(nearest - length) ? one : nearest),
    lengths[0] ?? 0,
  )
}

interface RunVector {
  /** Weights of runs of each length. */
  readonly runs: readonly ReadonlyMap<string, number>[]
  readonly norms: readonly number[]
  /** Of its runs of two words: how long the caption is. */
  readonly length: number
}

/**
 * CIDEr-D of a set (Vedantam et al. 2015, section 3, with the clipping and the Gaussian of section 5), 0 to 10: the
 * cosine of runs of words, which count the more the fewer pictures they belong to. The set itself says how many.
 */
export function cider(pairs: readonly CaptionPair[]): number {
  const pictures = new Map<string, number>()
  for (const { references } of pairs) {
    const runs = new Set(references.flatMap((text) => allRuns(text).flatMap((counts) => [...counts.keys()])))
    for (const run of runs) pictures.set(run, (pictures.get(run) ?? 0) + 1)
  }
  const vectorOf = (text: string): RunVector => {
    const counts = allRuns(text)
    const runs = counts.map(
      (each) =>
        new Map(
          [...each].map(([run, count]) => [
            run,
            count * (Math.log(pairs.length) - Math.log(Math.max(1, pictures.get(run) ?? 0))),
          ]),
        ),
    )
    return {
      runs,
      norms: runs.map((each) => Math.sqrt([...each.values()].reduce((sum, value) => sum + value ** 2, 0))),
      length: [...(counts[1]?.values() ?? [])].reduce((sum, count) => sum + count, 0),
    }
  }
  const scores = pairs.map(({ caption, references }) => {
    const said = vectorOf(caption)
    const each = references.map((text) => likeness(said, vectorOf(text)))
    return (10 * each.reduce((sum, score) => sum + score, 0)) / Math.max(1, each.length)
  })
  return scores.reduce((sum, score) => sum + score, 0) / Math.max(1, scores.length)
}

function allRuns(text: string): readonly Map<string, number>[] {
  const words = captionWords(text)
  return Array.from({ length: longest }, (_, i) => runsOf(words, i + 1))
}

function likeness(said: RunVector, reference: RunVector): number {
  const parts = said.runs.map((runs, i) => {
    const own = reference.runs[i]
    const inner = [...runs].reduce((sum, [run, value]) => {
      const other = own?.get(run) ?? 0
      return sum + Math.min(value, other) * other
    }, 0)
    const norms = (said.norms[i] ?? 0) * (reference.norms[i] ?? 0)
    return (norms === 0 ? inner : inner / norms) * Math.exp(-((said.length - reference.length) ** 2) / (2 * 6 ** 2))
  })
  return parts.reduce((sum, part) => sum + part, 0) / longest
}

/** The share of captions that are one of their references, word for word. */
export function exactShare(pairs: readonly CaptionPair[]): number {
  const plain = (text: string): string => captionWords(text).join(' ')
  const right = pairs.filter(({ caption, references }) => references.some((text) => plain(text) === plain(caption)))
  return right.length / Math.max(1, pairs.length)
}
