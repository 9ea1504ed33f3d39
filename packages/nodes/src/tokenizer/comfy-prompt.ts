import type { WeightedText } from './prompt-weights.ts'

const bracketFactor = 1.1
/** Numbers as Python reads them. */
const number = /^\s*[+-]?(\d[\d_]*\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i

/**
 * Reads a prompt's weights as ComfyUI does: `(word)` is × 1.1, and a number that is written, `(word:1.3)`, stands in
 * place of all weights around it. A bracket that is never closed is text, with all that follows it; square brackets
 * and `BREAK` are words; a backslash takes a round bracket's meaning away.
 */
export function parseComfyPrompt(prompt: string): WeightedText[] {
  return weighed(prompt.replaceAll('\\)', '\0\u0001').replaceAll('\\(', '\0\u0002'), 1).map(({ text, weight }) => ({
    text: text.replaceAll('\0\u0001', ')').replaceAll('\0\u0002', '('),
    weight,
  }))
}

function weighed(text: string, weight: number): WeightedText[] {
  return outermost(text).flatMap((piece) => {
    if (!(piece.length >= 2 && piece.startsWith('(') && piece.endsWith(')'))) return [{ text: piece, weight }]
    const inner = piece.slice(1, -1)
    const colon = inner.lastIndexOf(':')
    const written = colon > 0 ? inner.slice(colon + 1) : ''
    if (!number.test(written)) return weighed(inner, weight * bracketFactor)
    return weighed(inner.slice(0, colon), Number(written.replaceAll('_', '')))
  })
}

/** The text in pieces: what stands in outermost brackets, with them, and what stands between. */
function outermost(text: string): string[] {
  const pieces: string[] = []
  let current = ''
  let depth = 0
  for (const sign of text) {
    if (sign === '(' && depth === 0) {
      if (current !== '') pieces.push(current)
      current = ''
    }
    if (sign === '(') depth++
    if (sign === ')') depth--
    current += sign
    if (sign === ')' && depth === 0) {
      pieces.push(current)
      current = ''
    }
  }
  if (current !== '') pieces.push(current)
  return pieces
}

/** What a stretch of a prompt holds: text, or the name of an embedding. */
export type PromptPiece = { readonly text: string } | { readonly embedding: string }

/**
 * The embeddings in a stretch, which begin it or stand behind a blank and end at the next, and the text between them.
 * `isThere` decides whether commas at the end belong to a name.
 */
export function comfyPieces(text: string, isThere: (name: string) => boolean): PromptPiece[] {
  const mark = 'embedding:'
  return text.split(/[ \n](?=embedding:)/).flatMap((part): PromptPiece[] => {
    if (!part.startsWith(mark)) return part === '' ? [] : [{ text: part }]
    const [written = '', ...rest] = part
      .slice(mark.length)
      .replace(/^\n+|\n+$/g, '')
      .split(' ')
    const bare = written.replace(/^,+|,+$/g, '')
    const name = isThere(written) ? written : bare
    const left = [written.slice(name.length), ...rest].join(' ')
    return [{ embedding: name }, ...(left.trim() === '' ? [] : [{ text: left }])]
  })
}
