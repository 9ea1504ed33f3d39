/** A prompt for a share of the steps: from `start` up to `end`, 0 to 1. */
export interface PromptSegment {
  readonly start: number
  readonly end: number
  readonly prompt: string
}

type Part =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'switch'; readonly before: Part[]; readonly after: Part[]; readonly when: number }
  | { readonly type: 'turns'; readonly choices: Part[][] }

/**
 * Reads a prompt's schedule for a number of steps: `[a:b:0.5]` is a, then b; `[b:0.5]` adds b; `[a::0.5]` removes a;
 * `[a|b|c]` takes turns, one a step. A point in time up to 1 is a share of the steps, above 1 a step; written `1.0`, it
 * is the end. They nest. All else, weights and plain brackets too, is kept as it is. Segments follow one another
 * without a gap, and neighbours differ.
 */
export function parsePromptSchedule(prompt: string, steps: number): PromptSegment[] {
  if (!Number.isInteger(steps) || steps < 1) {
    throw new RangeError(`A prompt is scheduled over a whole number of steps from 1 up, but got ${steps}`)
  }
  const { parts } = parseParts(prompt, 0, false, 0)
  const segments: { start: number; end: number; prompt: string }[] = []
  for (let step = 0; step < steps; step++) {
    const text = textAt(parts, step, steps)
    const last = segments.at(-1)
    if (last?.prompt === text) last.end = (step + 1) / steps
    else segments.push({ start: step / steps, end: (step + 1) / steps, prompt: text })
  }
  return segments
}

function textAt(parts: readonly Part[], step: number, steps: number): string {
  return parts
    .map((part) => {
      switch (part.type) {
        case 'text':
          return part.text
        case 'turns':
          return textAt(part.choices[step % part.choices.length] ?? [], step, steps)
        case 'switch':
          return textAt(step < part.when * (part.when <= 1 ? steps : 1) - 1e-9 ? part.before : part.after, step, steps)
        default:
          return part satisfies never
      }
    })
    .join('')
}

/** One bracket's content, split at its own colons and bars. */
interface Content {
  readonly parts: Part[]
  readonly end: number
}

/** Brackets within brackets beyond this are text: nobody means them, and a stack has an end. */
const deepest = 64

/** Reads parts from `start` up to the bracket's end, or to the prompt's end outside any bracket. */
function parseParts(prompt: string, start: number, isInside: boolean, depth: number): Content {
  const parts: Part[] = []
  let at = start
  let text = ''
  const flush = (): void => {
    if (text !== '') parts.push({ type: 'text', text })
    text = ''
  }
  while (at < prompt.length) {
    const character = prompt[at] ?? ''
    if (character === '\\') {
      text += prompt.slice(at, at + 2)
      at += 2
    } else if (character === '[' && depth < deepest) {
      const bracket = parseBracket(prompt, at, depth + 1)
      flush()
      parts.push(...bracket.parts)
      at = bracket.end
    } else if (isInside && (character === ']' || character === ':' || character === '|')) {
      break
    } else if (isInside && character === '(' && depth < deepest) {
      // A colon within round brackets is a weight, not a point in time.
      const end = endOfRound(prompt, at)
      const inner = parseParts(prompt.slice(0, end), at + 1, false, depth + 1)
      text += character
      flush()
      parts.push(...inner.parts)
      at = end
    } else {
      text += character
      at++
    }
  }
  flush()
  return { parts, end: at }
}

/** Past the bracket that closes the one at `start`, or the prompt's end. */
function endOfRound(prompt: string, start: number): number {
  let depth = 0
  for (let at = start; at < prompt.length; at++) {
    const character = prompt[at]
    if (character === '\\') at++
    else if (character === '(') depth++
    else if (character === ')' && --depth === 0) return at + 1
  }
  return prompt.length
}

/** Reads the bracket at `start`; one that is neither a switch nor turns stays text, brackets and all. */
function parseBracket(prompt: string, start: number, depth: number): Content {
  const fields: Part[][] = []
  const separators: string[] = []
  let at = start + 1
  for (;;) {
    const field = parseParts(prompt, at, true, depth)
    fields.push(field.parts)
    const separator = prompt[field.end]
    at = field.end + 1
    if (separator !== ':' && separator !== '|') {
      const isClosed = separator === ']'
      const end = isClosed ? at : prompt.length
      const meant = isClosed ? meaningOf(fields, separators) : undefined
      return { parts: meant === undefined ? literal(fields, separators, isClosed) : [meant], end }
    }
    separators.push(separator)
  }
}

function meaningOf(fields: Part[][], separators: readonly string[]): Part | undefined {
  if (separators.length === 0) return undefined
  if (separators.every((separator) => separator === '|')) return { type: 'turns', choices: fields }
  if (separators.some((separator) => separator !== ':') || fields.length > 3) return undefined
  const [last] = fields.at(-1) ?? []
  const number = last?.type === 'text' && fields.at(-1)?.length === 1 ? last.text.trim() : ''
  if (!/^(\d+(\.\d+)?|\.\d+)$/.test(number)) return undefined
  const [first = [], second = []] = fields
  const when = Number(number)
  return { type: 'switch', before: fields.length === 3 ? first : [], after: fields.length === 3 ? second : first, when }
}

function literal(fields: readonly Part[][], separators: readonly string[], isClosed: boolean): Part[] {
  const text = (value: string): Part => ({ type: 'text', text: value })
  const inner = fields.flatMap((field, i) => [...field, ...(separators[i] === undefined ? [] : [text(separators[i])])])
  return [text('['), ...inner, ...(isClosed ? [text(']')] : [])]
}
