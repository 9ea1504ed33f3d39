import type { JsonValue } from '@patchbay/engine/workflow'
import { type ComfyClass, type ComfyClasses, type ComfyInput, isWidget } from '../classes/comfy-class.ts'
import { inputsReadByOthers, takenInputs } from '../classes/taken-inputs.ts'
import { type ComfyNode, type ComfyPrompt, linkOf, unwrapped } from './prompt.ts'

/** Widgets of ComfyUI's editor that are no inputs: buttons, and what happens to a seed. */
const buttons: readonly string[] = ['upload', 'choose file to upload', 'control_after_generate', 'audioUI']

/** A sentence for each thing that nodes of a prompt are given and that no native node can be given. */
export function lossesIn(prompt: ComfyPrompt, classes: ComfyClasses): string[] {
  const readByOthers = inputsReadByOthers(classes)
  return [...prompt].flatMap(([id, node]) => {
    const comfyClass = classes.get(node.class_type)
    if (!comfyClass) return []
    return lossesAt(node, comfyClass, readByOthers).map((loss) => `Node ${id} (${node.class_type}): ${loss}`)
  })
}

function lossesAt(node: ComfyNode, comfyClass: ComfyClass, readByOthers: ReadonlySet<string>): string[] {
  const declared = new Map(comfyClass.inputs.map((input) => [input.name, input]))
  const taken = takenInputs(comfyClass, readByOthers)
  return Object.entries(node.inputs).flatMap(([name, given]) => {
    const input = declared.get(name)
    if (input) return taken.has(name) ? [] : (unheard(input, given) ?? [])
    const isOfList = [...declared.values()].some((known) => known.several && name.startsWith(`${known.name}.`))
    if (isOfList || comfyClass.takesMore !== undefined || buttons.includes(name)) return []
    return [`it has no input "${name}" here; ${shown(given)} is left out.`]
  })
}

/** Why an input that nothing takes is a loss; undefined where it says what is computed anyway. */
function unheard(input: ComfyInput, given: JsonValue): string | undefined {
  const { name, only = input.options['default'], choices } = input
  if (linkOf(given)) return `nothing here takes a link at "${name}"; it is left out.`
  const value = unwrapped(given)
  const isSame = value === only || (input.only === undefined && choices?.some((choice) => choice === value))
  if (isSame || !isWidget(input)) return undefined
  return `${name} ${shown(value)} has no counterpart here; it computes with ${shown(only ?? null)}.`
}

function shown(value: JsonValue): string {
  const text = linkOf(value) ? 'what is linked to it' : JSON.stringify(value)
  return text.length <= 80 ? text : `${text.slice(0, 77)}…`
}
