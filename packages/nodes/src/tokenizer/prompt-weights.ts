/** A stretch of a prompt with one weight; 1 is neutral. */
export interface WeightedText {
  readonly text: string
  readonly weight: number
}

const bracketFactor = 1.1

/**
 * Reads a prompt's weights: `(word)` is × 1.1, `((word))` × 1.21, `[word]` ÷ 1.1, `(word:1.3)` × 1.3; they multiply when nested, and
 * a backslash takes a bracket's meaning away. A bracket that is never closed acts up to the end, one that was never opened is text.
 * Neighbouring stretches of one weight are joined.
 */
export function parsePromptWeights(prompt: string): WeightedText[] {
  const stretches: { text: string; weight: number }[] = []
  const open: { readonly sign: string; readonly from: number }[] = []
  let text = ''

  const flush = (): void => {
    if (text !== '') stretches.push({ text, weight: 1 })
    text = ''
  }
  const close = (factor: number): void => {
    const from = open.pop()?.from ?? stretches.length
    for (const stretch of stretches.slice(from)) stretch.weight *= factor
  }

  const pattern = /\\[()[\]\\]|[()[\]]|:\s*([+-]?\d*\.?\d+)\s*\)|[^\\()[\]:]+|[\\:]/g
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
      open.push({ sign: piece, from: stretches.length })
    } else if ((piece === ')' && innermost === '(') || (piece === ']' && innermost === '[')) {
      flush()
      close(piece === ')' ? bracketFactor : 1 / bracketFactor)
    } else {
      text += piece
    }
  }
  flush()
  while (open.length > 0) close(open.at(-1)?.sign === '(' ? bracketFactor : 1 / bracketFactor)
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
