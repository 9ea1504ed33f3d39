import type { JsonObject, JsonValue } from '@patchbay/engine/workflow'

/** An input as ComfyUI's clients see it. */
export interface ComfyInput {
  readonly name: string
  /** A type name, a union with commas, or `COMBO`. */
  readonly type: string
  readonly options: JsonObject
  /** Choices of a COMBO. */
  readonly choices?: readonly string[]
  /** A folder of this server whose files are the choices. */
  readonly folder?: string
  /** The extensions of the files that are listed, where not all are. */
  readonly extensions?: readonly string[]
  readonly optional?: boolean
  /** A text that holds JSON. */
  readonly json?: boolean
  /** Takes several links: `x` itself, then `x.0`, `x.1`, … */
  readonly several?: boolean
  /** The only constant for which there is a native counterpart; others are refused. */
  readonly only?: JsonValue
}
export interface ComfyOutput {
  readonly name: string
  readonly type: string
  readonly list?: boolean
}

/** Where a native input gets its value from: an input of the ComfyUI node, another part, or always the same. */
export type NativeSource =
  | { readonly input: string; readonly map?: ValueMap; readonly as?: Conversion }
  | ViaSource
  /** A list of the links of several inputs, in this order. */
  | { readonly inputs: readonly string[] }
  | { readonly part: string; readonly output: string }
  | { readonly value: JsonValue }
/** Values by name, e.g. `enable` → true; a value that is not in it passes as it is. */
/**
 * An input of the node that is linked to `via`: the first of these that it has; else what its class stands for; else a
 * value. Guiders, noise and samplers are such nodes.
 */
export interface ViaSource {
  readonly via: string
  readonly of: readonly string[]
  readonly byClass?: ValueMap
  readonly otherwise?: JsonValue
  /** How the values of some of these inputs are translated. */
  readonly maps?: { readonly [input: string]: ValueMap }
  /**
   * The class of the node that is written at `via` when a native node becomes one of ComfyUI's; its input is the first
   * of `of`.
   */
  readonly written?: string
}
/** `negative`: -2 → 2; `color`: 0xff8000 → "#ff8000". */
export type Conversion = 'negative' | 'color'
export type ValueMap = { readonly [from: string]: JsonValue }

/** One native node that a ComfyUI node is made of. */
export interface NativePart {
  readonly type: string
  readonly version: number
  readonly inputs: { readonly [native: string]: NativeSource }
}

/** What ComfyUI calls a node class, and which native nodes do its work. The part `main` keeps the node's id. */
export interface ComfyClass {
  readonly name: string
  readonly displayName: string
  readonly description: string
  readonly category: string
  /** Whose it is, as clients read it: `custom_nodes.<pack>`; ComfyUI's own where it is left out. */
  readonly module?: string
  readonly inputs: readonly ComfyInput[]
  readonly outputs: readonly ComfyOutput[]
  readonly outputNode: boolean
  /** Links by names that it does not declare, and that begin so, are passed on under the rest of their name. */
  readonly takesMore?: string
  readonly deprecated?: boolean
  /** What it keeps is sent over the socket and is not in the history. */
  readonly sendsPictures?: boolean
  /**
   * What is known of it is what documents say: its widgets are named with their values, since nobody knows their order.
   */
  readonly standsIn?: boolean
  /** What it needs that is not here, as a sentence: clients see the class, and a prompt with it is refused. */
  readonly needs?: string
  readonly parts: { readonly [part: string]: NativePart }
  /** By slot: the input whose link the output hands on, of classes whose native nodes give nothing. */
  readonly passes?: readonly string[]
  /** The input whose constant is the output, of primitives. */
  readonly constant?: string
  /** Takes lists whole, where others run once for each of their entries. */
  readonly takesLists?: boolean
  /** By slot: the native output that stands for it, or null where there is none. */
  readonly slots: readonly (readonly [part: string, output: string] | null)[]
}
export type ComfyClasses = ReadonlyMap<string, ComfyClass>

/** What a prompt is read against: the classes, and the files that exist at this moment as choices. */
export interface PromptContext {
  readonly classes: ComfyClasses
  readonly choicesOf: (folder: string) => readonly string[]
}

/** Types that ComfyUI has widgets for, so that a value of them may stand in the prompt. */
export const widgetTypes: readonly string[] = ['INT', 'FLOAT', 'STRING', 'BOOLEAN', 'COMBO']

/** Whether ComfyUI's editor shows a widget for it. */
export const isWidget = ({ type, options }: ComfyInput): boolean =>
  widgetTypes.includes(type) && options['forceInput'] !== true

/** The inputs with a widget, in the order of its values there: those that must be given stand before the others. */
export const widgetsIn = ({ inputs }: Pick<ComfyClass, 'inputs'>): readonly ComfyInput[] =>
  [false, true].flatMap((isOptional) =>
    inputs.filter((input) => isWidget(input) && (input.optional ?? false) === isOptional),
  )

/** Whether an output of one type may feed an input of another: equal, a wildcard, or a member of a union. */
export function typesFit(output: string, input: string): boolean {
  if (output === '*' || input === '*') return true
  const [given, wanted] = [output, input].map((type) => type.split(',').map((name) => name.trim()))
  return given?.some((name) => wanted?.includes(name)) ?? false
}

/** The choices of a list as clients show them: of a folder, files that the node opens. */
function listed(
  { choices = [], folder, extensions, options }: ComfyInput,
  choicesOf: (folder: string) => readonly string[],
): readonly string[] {
  if (folder === undefined) return [...choices]
  const opened = extensions ?? (options['image_upload'] === true ? pictureExtensions : undefined)
  const isOpened = (name: string) => opened?.some((extension) => name.toLowerCase().endsWith(extension)) ?? true
  return choicesOf(folder).filter(isOpened)
}
const pictureExtensions = ['.png', '.jpg', '.jpeg', '.webp', '.avif', '.gif', '.bmp', '.tif', '.tiff']

/** The `/object_info` entry of a class. `choicesOf` lists the files of a folder. */
export function objectInfoOf(comfyClass: ComfyClass, choicesOf: (folder: string) => readonly string[]): JsonObject {
  const spec = (input: ComfyInput): readonly JsonValue[] =>
    input.type === 'COMBO' ? [listed(input, choicesOf), input.options] : [input.type, input.options]
  const [required, optional] = [false, true].map((wanted) =>
    comfyClass.inputs.filter((input) => (input.optional ?? false) === wanted),
  )
  const named = (inputs: readonly ComfyInput[] = []) =>
    Object.fromEntries(inputs.map((input) => [input.name, spec(input)]))
  return {
    input: { required: named(required), optional: named(optional), hidden: {} },
    input_order: {
      required: (required ?? []).map(({ name }) => name),
      optional: (optional ?? []).map(({ name }) => name),
      hidden: [],
    },
    is_input_list: comfyClass.takesLists ?? false,
    output: comfyClass.outputs.map(({ type }) => type),
    output_is_list: comfyClass.outputs.map(({ list }) => list ?? false),
    output_name: comfyClass.outputs.map(({ name }) => name),
    name: comfyClass.name,
    display_name: comfyClass.displayName,
    description: comfyClass.description,
    python_module: comfyClass.module ?? 'nodes',
    category: comfyClass.category,
    output_node: comfyClass.outputNode,
    has_intermediate_output: false,
    search_aliases: [],
    ...(comfyClass.deprecated ? { deprecated: true } : {}),
  }
}
