import type { JsonValue, NodeInstance } from '@patchbay/engine/workflow'
import type { ComfyClass, ComfyInput, NativeSource } from '../classes/comfy-class.ts'

/** How much of a native node a class of ComfyUI can state. */
export interface ClassFit {
  /** Inputs that the class states wrongly: links that it has no input for, values that it fixes to others. */
  readonly contradicted: readonly string[]
  /** Inputs that the class cannot state, so that ComfyUI uses a value of its own. */
  readonly omitted: readonly string[]
}

/** What the native node itself says of its inputs. */
export interface NativeInputs {
  readonly defaults: ReadonlyMap<string, JsonValue | undefined>
  /** Inputs without which the node does not run. A class is not to blame when they are missing. */
  readonly required: ReadonlySet<string>
}

/** The inputs of a native node, read from the class that bears its own name. */
export function nativeInputsOf(generic: ComfyClass | undefined): NativeInputs {
  const declared = Object.entries(generic?.parts['main']?.inputs ?? {}).flatMap(([name, source]) => {
    const input = 'input' in source ? generic?.inputs.find((candidate) => candidate.name === source.input) : undefined
    return input ? [{ name, input }] : []
  })
  const required = declared.filter(({ input }) => isSocket(input.type) && !input.optional)
  return {
    defaults: new Map(declared.map(({ name, input }) => [name, input.options['default']])),
    required: new Set(required.map(({ name }) => name)),
  }
}

export function fitOf(comfyClass: ComfyClass, node: NodeInstance, native: NativeInputs): ClassFit {
  const { values, links } = node
  const { defaults } = native
  const sources = comfyClass.parts['main']?.inputs ?? {}
  const contradicted = Object.keys(links).filter((name) => !takesLink(comfyClass, sources[name]))
  const omitted: string[] = []
  const unlinked = Object.entries(sources).filter(([name]) => !Object.hasOwn(links, name))
  const valueOf = (name: string) => (Object.hasOwn(values, name) ? values[name] : defaults.get(name))
  const writtenVias = Object.values(sources).flatMap((source) =>
    'via' in source && source.written !== undefined ? [source.via] : [],
  )
  /** What an input of the class is to state, by the native inputs that share it. */
  const statements = new Map<string, JsonValue | undefined>()
  for (const [name, source] of unlinked) {
    const value = valueOf(name)
    if ('value' in source) {
      if (isSame(value, source.value) || isCosmetic(name)) continue
      // A seed draws other noise there, by other formulas, but the workflow is what it was.
      if (ownRules.includes(name)) omitted.push(name)
      else contradicted.push(name)
    } else if ('via' in source) {
      if (!writtenVias.includes(source.via)) contradicted.push(name)
      else if (source.written === undefined && !isSame(value, defaults.get(name))) omitted.push(name)
    } else if ('input' in source) {
      const input = comfyClass.inputs.find((candidate) => candidate.name === source.input)
      if (input && isRequiredSocket(input) && !native.required.has(name)) contradicted.push(name)
      if (statements.has(source.input) && !isSame(statements.get(source.input), value)) contradicted.push(name)
      statements.set(source.input, value)
    }
  }
  for (const [name, value] of Object.entries(values)) {
    const isStated = sources[name] !== undefined || Object.hasOwn(links, name) || isCosmetic(name)
    if (!isStated && !isSame(value, defaults.get(name))) omitted.push(name)
  }
  return { contradicted, omitted }
}

function takesLink({ takesMore }: ComfyClass, source: NativeSource | undefined): boolean {
  return source ? !('value' in source || 'via' in source) : takesMore !== undefined
}
const isSame = (a: JsonValue | undefined, b: JsonValue | undefined): boolean => JSON.stringify(a) === JSON.stringify(b)
/** Inputs that say how numbers are made where programs differ. ComfyUI has one way. */
const ownRules: readonly string[] = ['generator', 'formulas', 'length', 'grammar', 'shared', 'within']
/** How the last bit of a picture is rounded changes no workflow. */
const isCosmetic = (input: string): boolean => input === 'rounding' || input === 'embedWorkflow'
const isSocket = (type: string): boolean =>
  !['INT', 'FLOAT', 'STRING', 'BOOLEAN', 'COMBO', 'COMFY_AUTOGROW_V3'].includes(type)
const isRequiredSocket = ({ type, optional }: ComfyInput): boolean => !optional && isSocket(type)
