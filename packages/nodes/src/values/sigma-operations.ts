/** Noise levels from a text, split by commas, spaces or lines. Throws a SyntaxError that says what is wrong. */
export function parseSigmas(text: string): number[] {
  const [mistake] = findSigmaMistake(text)
  if (mistake) throw new SyntaxError(mistake.message)
  return partsOf(text).map(Number)
}

/** What is wrong with noise levels as written; nothing when they fall, and end at 0 or above. */
export function findSigmaMistake(text: string): { input: 'levels'; message: string }[] {
  const parts = partsOf(text)
  const levels = parts.map(Number)
  const wrong = parts.find((_, i) => !Number.isFinite(levels[i]))
  const complain = (message: string) => [{ input: 'levels' as const, message }]
  if (wrong !== undefined) return complain(`${JSON.stringify(wrong)} is no number.`)
  if (levels.length < 2) return complain('A run has at least two noise levels: where it begins and where it ends.')
  const rising = levels.findIndex((level, i) => i > 0 && level >= (levels[i - 1] ?? 0))
  if (rising > 0)
    return complain(`Noise levels fall from step to step, but ${levels[rising]} comes after ${levels[rising - 1]}.`)
  return (levels.at(-1) ?? 0) < 0 ? complain('Noise levels end at 0 or above.') : []
}

function partsOf(text: string): string[] {
  return text.split(/[\s,;]+/).filter((part) => part !== '')
}
