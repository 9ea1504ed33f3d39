/** A line of the log as people read it. */
export interface LogLine {
  /** When, as ISO 8601. */
  readonly at: string
  readonly text: string
}
export interface LogLines {
  /** Takes a line of JSON as pino writes it. */
  write(json: string): void
  /** The last ones, the oldest first. */
  all(): readonly LogLine[]
  /** Returns what stops it. */
  listen(listener: (line: LogLine) => void): () => void
}

const levels: { readonly [number: number]: string } = { 20: 'debug', 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' }
/** What every line holds, and what may hold paths of this machine. */
const leftOut = ['level', 'time', 'pid', 'hostname', 'msg', 'err', 'folder', 'path']
const longest = 2000

/** The last lines of the log in memory, for those who look at it from elsewhere. */
export function createLogLines(capacity = 500): LogLines {
  let kept: LogLine[] = []
  const listeners = new Set<(line: LogLine) => void>()
  return {
    write(json) {
      const line = lineOf(json)
      kept.push(line)
      if (kept.length > capacity * 2) kept = kept.slice(-capacity)
      for (const listener of listeners) listener(line)
    },
    all: () => kept.slice(-capacity),
    listen(listener) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
  }
}

/** The message, then the plain fields; of an error its message alone. */
function lineOf(json: string): LogLine {
  const fields: { readonly [name: string]: unknown } = JSON.parse(json)
  const { level, time, msg, err } = fields
  const plain = Object.entries(fields).flatMap(([name, value]) =>
    leftOut.includes(name) || value === null || typeof value === 'object' ? [] : [`${name}=${String(value)}`],
  )
  const reason = typeof err === 'object' && err !== null && 'message' in err ? [String(err.message)] : []
  const words = [`[${levels[Number(level)] ?? 'info'}]`, String(msg ?? ''), ...plain, ...reason]
  return { at: new Date(Number(time)).toISOString(), text: words.join(' ').slice(0, longest) }
}
