import type { Workflow } from '@patchbay/engine/workflow'
import { isJsonObject } from '../is-json-object.ts'

/** An output of a node, as a test file names it: `node.output`. */
export interface TestedOutput {
  /** As written, for messages. */
  readonly name: string
  readonly node: string
  readonly output: string
}

/** Bounds of a score, both included. */
export interface ScoreBound extends TestedOutput {
  readonly min?: number
  readonly max?: number
}

export interface PictureBound extends TestedOutput {
  /** The most that a picture may differ from its golden one: mean absolute difference of channels in 0 to 1. */
  readonly tolerance: number
}

/** What a workflow must give: the content of the file beside it. */
export interface WorkflowTest {
  /** As `--set` takes them. */
  readonly settings: readonly string[]
  readonly scores: readonly ScoreBound[]
  readonly pictures: readonly PictureBound[]
}

export type ParsedTest =
  { readonly ok: true; readonly test: WorkflowTest } | { readonly ok: false; readonly problems: readonly string[] }

export const defaultTolerance = 0.01

/** Reads the JSON of a test file against its workflow; every problem is a sentence of its own. */
export function parseTestFile(json: unknown, workflow: Workflow): ParsedTest {
  const problems: string[] = []
  if (!isJsonObject(json))
    return { ok: false, problems: [`Expected an object with "scores" or "pictures", got ${shown(json)}.`] }
  for (const name of Object.keys(json)) {
    if (!['set', 'scores', 'pictures'].includes(name)) {
      problems.push(`"${name}" is unknown; a test file has "set", "scores" and "pictures".`)
    }
  }
  const part = (name: string): [string, unknown][] => {
    const value = json[name] ?? {}
    if (isJsonObject(value)) return Object.entries(value)
    problems.push(`"${name}" is ${shown(value)}; expected an object.`)
    return []
  }
  const outputOf = (section: string, name: string): TestedOutput => {
    const dot = name.lastIndexOf('.')
    const node = name.slice(0, Math.max(dot, 0))
    if (dot <= 0 || dot === name.length - 1) problems.push(`${section}.${name}: expected node.output.`)
    else if (!Object.hasOwn(workflow.nodes, node)) {
      problems.push(
        `${section}.${name}: the workflow has no node "${node}"; it has ${Object.keys(workflow.nodes).join(', ')}.`,
      )
    }
    return { name, node, output: name.slice(dot + 1) }
  }
  const numberIn = (where: string, bounds: Readonly<Record<string, unknown>>, known: readonly string[]) => {
    for (const [key, value] of Object.entries(bounds)) {
      if (!known.includes(key)) problems.push(`${where}: "${key}" is unknown; expected ${known.join(' and ')}.`)
      else if (typeof value !== 'number') problems.push(`${where}.${key} is ${shown(value)}; expected a number.`)
    }
    return (key: string): number | undefined => (typeof bounds[key] === 'number' ? bounds[key] : undefined)
  }
  const scores = part('scores').map(([name, value]): ScoreBound => {
    const bounds = isJsonObject(value) ? value : {}
    const read = numberIn(`scores.${name}`, bounds, ['min', 'max'])
    const [min, max] = [read('min'), read('max')]
    if (Object.keys(bounds).length === 0) {
      problems.push(`scores.${name} is ${shown(value)}; expected such as { "min": 20 }.`)
    }
    if (min !== undefined && max !== undefined && min > max)
      problems.push(`scores.${name}: min ${min} is above max ${max}.`)
    return { ...outputOf('scores', name), ...(min !== undefined && { min }), ...(max !== undefined && { max }) }
  })
  const pictures = part('pictures').map(([name, value]): PictureBound => {
    if (!isJsonObject(value))
      problems.push(`pictures.${name} is ${shown(value)}; expected such as { "tolerance": 0.01 }.`)
    const tolerance =
      numberIn(`pictures.${name}`, isJsonObject(value) ? value : {}, ['tolerance'])('tolerance') ?? defaultTolerance
    if (tolerance < 0 || tolerance > 1) problems.push(`pictures.${name}.tolerance is ${tolerance}; expected 0 to 1.`)
    return { ...outputOf('pictures', name), tolerance }
  })
  const settings = part('set').map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  if (scores.length + pictures.length === 0) problems.push('It tests nothing: give "scores" or "pictures".')
  return problems.length > 0 ? { ok: false, problems } : { ok: true, test: { settings, scores, pictures } }
}

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
