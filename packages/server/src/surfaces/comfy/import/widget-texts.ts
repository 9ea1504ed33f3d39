import type { JsonValue } from '@patchbay/engine/workflow'
import { withDates } from '../../../storage/date-text.ts'
import type { ComfyClasses, ComfyInput } from '../classes/comfy-class.ts'
import type { ComfyPrompt } from '../prompt/prompt.ts'
import { type Draw, drawnPrompt } from './drawn-prompt.ts'
import type { UiGraph, UiNode } from './ui-graph.ts'
import { widgetsOf } from './ui-sources.ts'

/** What a name of a file may not hold; ComfyUI's editor writes `_` for it. */
const notInNames = /[/?<>\\:*|"\u0000-\u001f\u007f]/g
/** Patterns that are filled in when the file is saved. */
const isPrefix = (name: string): boolean => /prefix$/.test(name)

/**
 * A prompt with its texts as ComfyUI's editor sends them: dynamic prompts drawn, `%Node.widget%` replaced by the value
 * of that widget, `%date:…%` by the time. `notes` tell of what a document keeps from this moment, a sentence each.
 */
export function withTexts(
  prompt: ComfyPrompt,
  classes: ComfyClasses,
  graphs: readonly UiGraph[],
  draw: Draw,
): { readonly prompt: ComfyPrompt; readonly notes: readonly string[] } {
  const notes: string[] = []
  const valueOf = widgetFinder(graphs, classes)
  const now = new Date()
  const read = (input: ComfyInput, written: string, note: (sentence: string) => void): string => {
    const drawn = input.options['dynamicPrompts'] === true ? drawnPrompt(written, draw) : { text: written, choices: 0 }
    if (drawn.choices > 0)
      note(
        `ComfyUI's editor draws from ${JSON.stringify(written)} for each run; this keeps ${JSON.stringify(drawn.text)}.`,
      )
    const named = drawn.text.replace(/%([^%.:\n]+)\.([^%.:\n]+)%/g, (pattern: string, node: string, widget: string) => {
      const value = valueOf(node, widget)
      if (value === undefined) return pattern
      note(`ComfyUI's editor looks ${pattern} up for each run; this keeps ${JSON.stringify(value)}.`)
      return value
    })
    const dated = isPrefix(input.name) ? named : withDates(named, now)
    if (dated !== named)
      note(`ComfyUI's editor fills the date into ${JSON.stringify(named)} for each run; this keeps today's.`)
    return dated
  }
  const nodes = [...prompt].map(([id, node]) => {
    const inputs = (classes.get(node.class_type)?.inputs ?? []).filter(({ type }) => type === 'STRING')
    const texts = inputs.flatMap((input): [string, JsonValue][] => {
      const written = node.inputs[input.name]
      if (typeof written !== 'string') return []
      const note = (sentence: string) => void notes.push(`Node ${id} (${node.class_type}): ${sentence}`)
      return [[input.name, read(input, written, note)]]
    })
    return [id, { ...node, inputs: { ...node.inputs, ...Object.fromEntries(texts) } }] as const
  })
  return { prompt: new Map(nodes), notes }
}

/** The value of a widget as text, by what its node is called there, else by its title, else by its class. */
function widgetFinder(graphs: readonly UiGraph[], classes: ComfyClasses) {
  const all = graphs.flatMap(({ nodes }) => [...nodes.values()])
  const named = (name: string): UiNode | undefined =>
    all.find(({ alias }) => alias === name) ??
    all.find(({ title }) => title === name) ??
    all.find(({ type }) => type === name)
  return (node: string, widget: string): string | undefined => {
    const found = named(node)
    const value = found && widgetsOf(found, classes).values.get(widget)
    return value === undefined || typeof value === 'object' ? undefined : String(value).replace(notInNames, '_')
  }
}
