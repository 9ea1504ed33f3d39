import type { ComfyClass, ComfyClasses } from '../classes/comfy-class.ts'
import { linkOf, type ComfyPrompt } from '../prompt/prompt.ts'

/**
 * The classes with one for each name that has no counterpart: a native node of that very name, with the inputs and as
 * many outputs as the prompts use. It cannot run, but stands in the document with its values and links until a node
 * pack or a person puts another in its place.
 */
export function withStandIns(prompts: readonly ComfyPrompt[], classes: ComfyClasses): ComfyClasses {
  const inputsOf = new Map<string, Map<string, string>>()
  const slotsOf = new Map<string, number>()
  const all = prompts.flatMap((prompt) => [...prompt.values()].map((node) => ({ prompt, node })))
  for (const { prompt, node } of all) {
    const { class_type: name, inputs } = node
    if (!isHere(name, classes) && name !== '') {
      const seen = inputsOf.get(name) ?? new Map<string, string>()
      // A constant of a type with a widget stays a value.
      for (const [input, given] of Object.entries(inputs)) seen.set(input, linkOf(given) ? '*' : 'STRING')
      inputsOf.set(name, seen)
    }
    for (const given of Object.values(inputs)) {
      const link = linkOf(given)
      const source = link && prompt.get(link.id)
      if (link && source) slotsOf.set(source.class_type, Math.max(slotsOf.get(source.class_type) ?? 0, link.slot + 1))
    }
  }
  const standIns = [...inputsOf].map(([name, inputs]): [string, ComfyClass] => {
    const outputs = Array.from(
      { length: Math.min(slotsOf.get(name) ?? 0, mostOutputs) },
      (_, slot) => `output${slot + 1}`,
    )
    return [
      name,
      {
        name,
        displayName: name,
        description: '',
        category: '',
        inputs: [...inputs].map(([input, type]) => ({ name: input, type, options: {} })),
        outputs: outputs.map((output) => ({ name: output, type: '*' })),
        outputNode: false,
        parts: {
          main: {
            type: name,
            version: 1,
            inputs: Object.fromEntries([...inputs.keys()].map((input) => [input, { input }])),
          },
        },
        slots: outputs.map((output) => ['main', output] as const),
      },
    ]
  })
  return new Map([...classes, ...standIns])
}

/** A class that needs what is not here cannot run either. */
const isHere = (name: string, classes: ComfyClasses): boolean => {
  const known = classes.get(name)
  return known !== undefined && known.needs === undefined
}
/** More slots than any node has; a link to slot 4,000,000,000 is a mistake or an attack. */
const mostOutputs = 256

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** What to say of a node whose class is not known. */
export function missing(id: string, type: string, classes: Pick<ComfyClasses, 'has' | 'get'>): string[] {
  const { needs } = classes.get(type) ?? {}
  if (needs !== undefined) return [`Node ${id}: ${type} is kept and cannot run. ${needs}`]
  if (classes.has(type)) return []
  if (uuid.test(type)) {
    const missingDefinition = `Node ${id} is an instance of the subgraph ${type}, whose definition the file does not hold`
    return [`${missingDefinition}; save the workflow again where the subgraph was made.`]
  }
  return [`Node ${id}: ${type} has no counterpart here; its node is kept and cannot run.`]
}
