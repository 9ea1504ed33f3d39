/** The settings of a picture as AUTOMATIC1111 writes them beside it, and Civitai and others after it. */
export interface Parameters {
  readonly prompt: string
  readonly negative: string
  /** By name as it is written, `Steps`, `CFG scale`; values as texts. */
  readonly settings: { readonly [name: string]: string }
}

/** The keyword under which a PNG carries them. */
export const parametersKeyword = 'parameters'

const negativeMark = 'Negative prompt:'
/** A name, a colon, and a value, in quotes where it has a comma, a colon or a line's end in it. */
const pair = /\s*(\w[\w \-/]*):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)/g

/**
 * Reads such a text; undefined for any other. The last line holds the settings, a line that begins with "Negative
 * prompt:" and those up to it the negative prompt, and all before it the prompt.
 */
export function readParameters(text: string): Parameters | undefined {
  const lines = text.replaceAll('\r\n', '\n').trim().split('\n')
  const last = lines.at(-1) ?? ''
  const settings = settingsOf(last)
  if (!('Steps' in settings) || Object.keys(settings).length < 3) return undefined
  const before = lines.slice(0, -1)
  const at = before.findIndex((line) => line.startsWith(negativeMark))
  const prompt = at < 0 ? before : before.slice(0, at)
  const negative = at < 0 ? [] : [before[at]?.slice(negativeMark.length) ?? '', ...before.slice(at + 1)]
  return { prompt: prompt.join('\n').trim(), negative: negative.join('\n').trim(), settings }
}

function settingsOf(line: string): Parameters['settings'] {
  const entries = [...line.matchAll(pair)].map(
    ([, name = '', value = '']) => [name.trim(), unquoted(value.trim())] as const,
  )
  return Object.fromEntries(entries)
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value
  try {
    return String(JSON.parse(value))
  } catch {
    return value
  }
}

/** Writes what `readParameters` reads. Values that would end too early are put in quotes. */
export function writeParameters({ prompt, negative, settings }: Parameters): string {
  const pairs = Object.entries(settings).map(([name, value]) => `${name}: ${quoted(value)}`)
  return [prompt, ...(negative === '' ? [] : [`${negativeMark} ${negative}`]), pairs.join(', ')].join('\n')
}

const quoted = (value: string): string => (/[,:\n"]/.test(value) ? JSON.stringify(value) : value)
