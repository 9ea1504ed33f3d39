/**
 * How alike two names are, from 0 to 1: the share of letter pairs that both have (Dice's coefficient), whatever their
 * case.
 */
export function similarity(a: string, b: string): number {
  const pairs = (text: string): string[] => {
    const letters = text.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '')
    return letters.length < 2
      ? [letters]
      : Array.from({ length: letters.length - 1 }, (_, at) => letters.slice(at, at + 2))
  }
  const left = pairs(a)
  const rest = pairs(b)
  const total = left.length + rest.length
  let common = 0
  for (const pair of left) {
    const at = rest.indexOf(pair)
    if (at < 0) continue
    rest.splice(at, 1)
    common++
  }
  return (2 * common) / total
}

/** The names most like one, best first; none that share too little with it. */
export function nearest<Candidate>(
  wanted: string,
  candidates: readonly Candidate[],
  namesOf: (candidate: Candidate) => readonly string[],
  most = 3,
): Candidate[] {
  return candidates
    .map((candidate) => ({
      candidate,
      score: Math.max(...namesOf(candidate).map((name) => similarity(wanted, name))),
    }))
    .filter(({ score }) => score >= 0.3)
    .sort((a, b) => b.score - a.score)
    .slice(0, most)
    .map(({ candidate }) => candidate)
}
