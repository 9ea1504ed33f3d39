import { parseJson, type JsonValue, type ValueInputManifest, type Workflow } from '@patchbay/engine/workflow'
import { manifestOfNode, type Registry } from '../registry/registry.ts'
import { parseSeed } from '../values/numbers.ts'

/** An input that a grid can vary. */
export interface GridTarget {
  readonly key: string
  readonly node: string
  readonly input: ValueInputManifest
  /** Names the node by its id too where several are called alike. */
  readonly label: string
}

/** The inputs of a workflow that have a value of their own. */
export function gridTargets(workflow: Workflow, registry: Registry): GridTarget[] {
  const targets = Object.entries(workflow.nodes).flatMap(([node, instance]) => {
    const manifest = manifestOfNode(registry, workflow, instance)
    const title = workflow.layout?.nodes?.[node]?.title ?? manifest?.label ?? instance.type
    return (manifest?.inputs ?? []).flatMap((input) =>
      input.kind === 'value' && !(input.name in instance.links)
        ? [{ key: `${node}/${input.name}`, node, input, title, label: `${title} · ${input.label}` }]
        : [],
    )
  })
  const isAlone = (label: string): boolean => targets.filter((one) => one.label === label).length === 1
  return targets.map(({ title, ...target }) =>
    isAlone(target.label) ? target : { ...target, label: `${title} (${target.node}) · ${target.input.label}` },
  )
}

/** A text as a value of an input: numbers and switches by their kind, anything else as it stands. */
export function valueOfText(text: string, input: ValueInputManifest): JsonValue {
  switch (input.widget.type) {
    case 'seed':
      return parseSeed(text) ?? text
    case 'int':
    case 'float':
    case 'toggle':
    case 'curve':
    case 'json': {
      const parsed = parseJson(text)
      return parsed.ok ? parsed.value : text
    }
    case 'text':
    case 'choice':
    case 'file':
    case 'color':
    case 'workflow':
      return text
  }
}

/** What a line of values may not be, before the server is asked. */
export type LineProblem =
  | { readonly why: 'number'; readonly min: number; readonly max: number }
  | { readonly why: 'whole' | 'seed' | 'switch' | 'json' }
  | { readonly why: 'choice'; readonly options: readonly string[] }

/** What is wrong with a line as a value of an input; undefined when nothing is. */
export function lineProblem(text: string, input: ValueInputManifest): LineProblem | undefined {
  const { widget } = input
  const value = valueOfText(text, input)
  switch (widget.type) {
    case 'int':
    case 'float': {
      const { min, max } = widget
      if (typeof value !== 'number' || value < min || value > max) return { why: 'number', min, max }
      return widget.type === 'int' && !Number.isInteger(value) ? { why: 'whole' } : undefined
    }
    case 'seed':
      return parseSeed(text) === undefined ? { why: 'seed' } : undefined
    case 'toggle':
      return typeof value === 'boolean' ? undefined : { why: 'switch' }
    case 'curve':
    case 'json':
      return parseJson(text).ok ? undefined : { why: 'json' }
    case 'choice':
      return widget.options.includes(text) ? undefined : { why: 'choice', options: widget.options }
    case 'text':
    case 'file':
    case 'color':
    case 'workflow':
      return undefined
  }
}

/** The rows of a grid: every combination of the axes but the first, in the order of the jobs. */
export function rowsOf(axes: readonly { readonly label: string; readonly values: readonly string[] }[]): string[][] {
  return axes.reduce<string[][]>((rows, { values }) => rows.flatMap((row) => values.map((one) => [...row, one])), [[]])
}
