/** A stretch of a prompt with one weight; 1 is neutral. */
export interface WeightedText {
  readonly text: string
  readonly weight: number
}

interface Bracket {
  readonly sign: string
  readonly outer: Bracket | undefined
  weight: number
}

const bracketFactor = 1.1

/**
 * Reads a prompt's weights: `(word)` is × 1.1, `((word))` × 1.21, `[word]` ÷ 1.1, `(word:1.3)` × 1.3; they multiply
 * when nested, and a backslash takes a bracket's meaning away. A bracket that is never closed acts up to the end, one
 * that was never opened is text. Neighbouring stretches of one weight are joined.
 * @throws RangeError where weights multiply beyond what a number holds
 */
export function parsePromptWeights(prompt: string): WeightedText[] {
  const pieces: { readonly text: string; readonly within: Bracket | undefined }[] = []
  const brackets: Bracket[] = []
  const open: Bracket[] = []
  let text = ''

  const flush = (): void => {
    if (text !== '') pieces.push({ text, within: open.at(-1) })
    text = ''
  }
  const close = (factor: number): void => {
    const bracket = open.pop()
    if (bracket) bracket.weight = factor
  }

  const pattern = /\\[()[\]\\]|[()[\]]|:\s*([+-]?(?:\d+(?:\.\d+)?|\.\d+))\s*\)|[^\\()[\]:]+|[\\:]/g
  for (const [piece, number] of prompt.matchAll(pattern)) {
    const innermost = open.at(-1)?.sign
    if (number !== undefined && innermost === '(') {
      flush()
      close(Number(number))
    } else if (number !== undefined) {
      text += piece
    } else if (piece.length === 2 && piece.startsWith('\\')) {
      text += piece.slice(1)
    } else if (piece === '(' || piece === '[') {
      flush()
      const bracket = { sign: piece, outer: open.at(-1), weight: 1 }
      brackets.push(bracket)
      open.push(bracket)
    } else if ((piece === ')' && innermost === '(') || (piece === ']' && innermost === '[')) {
      flush()
      close(piece === ')' ? bracketFactor : 1 / bracketFactor)
    } else {
      text += piece
    }
  }
  flush()
  while (open.length > 0) close(open.at(-1)?.sign === '(' ? bracketFactor : 1 / bracketFactor)
  // A bracket stands behind the one around it, whose weight is thus whole already.
  for (const bracket of brackets) bracket.weight *= bracket.outer?.weight ?? 1
  const stretches = pieces.map((piece) => ({ text: piece.text, weight: piece.within?.weight ?? 1 }))
  const lost = stretches.find(({ weight }) => !Number.isFinite(weight))
  if (lost) {
    throw new RangeError(
      `The prompt weighs ${JSON.stringify(lost.text.slice(0, 40))} beyond any number: use fewer brackets, or a weight such as (word:1.3)`,
    )
  }
  return joined(stretches)
}

function joined(stretches: readonly WeightedText[]): WeightedText[] {
  const result: WeightedText[] = []
  for (const stretch of stretches) {
    const last = result.at(-1)
    if (last?.weight === stretch.weight) {
      result[result.length - 1] = { text: last.text + stretch.text, weight: last.weight }
    } else {
      result.push(stretch)
    }
  }
  return result
}
