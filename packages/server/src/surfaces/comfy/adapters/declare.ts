import type { JsonObject, JsonValue } from '@patchbay/engine/workflow'
import type {
  ComfyClass,
  ComfyInput,
  ComfyOutput,
  Conversion,
  NativePart,
  NativeSource,
  ValueMap,
  ViaSource,
} from '../classes/comfy-class.ts'

/** An input that is linked. */
export const socket = (name: string, type: string, optional = false): ComfyInput => ({
  name,
  type,
  options: {},
  ...(optional ? { optional } : {}),
})
export const integer = (name: string, value: number, min: number, max: number, step = 1): ComfyInput => ({
  name,
  type: 'INT',
  options: { default: value, min, max, step },
})
export const seedInput = (name: string): ComfyInput => ({
  name,
  type: 'INT',
  options: { default: 0, min: 0, max: '18446744073709551615', control_after_generate: true },
})
export const decimal = (name: string, value: number, min: number, max: number, step: number): ComfyInput => ({
  name,
  type: 'FLOAT',
  options: { default: value, min, max, step, round: step / 10 },
})
export const textInput = (name: string, value = '', options: JsonObject = {}): ComfyInput => ({
  name,
  type: 'STRING',
  options: { default: value, ...options },
})
export const chosenFrom = (name: string, choices: readonly string[], value?: string): ComfyInput => ({
  name,
  type: 'COMBO',
  choices,
  options: { default: value ?? choices[0] ?? '' },
})
export const fileFrom = (name: string, folder: string, options: JsonObject = {}): ComfyInput => ({
  name,
  type: 'COMBO',
  folder,
  options,
})

export const toggleInput = (name: string, value: boolean): ComfyInput => ({
  name,
  type: 'BOOLEAN',
  options: { default: value },
})
/** A colour as a number, 0xrrggbb. */
export const colorInput = (name: string): ComfyInput => ({
  name,
  type: 'INT',
  options: { default: 0, min: 0, max: 0xffffff, step: 1, display: 'color' },
})
/** Takes several links: `x.image0`, `x.image1`, … as newer clients write it. */
export const severalOf = (name: string, type: string, element: string): ComfyInput => ({
  name,
  type: 'COMFY_AUTOGROW_V3',
  options: { template: { input: { required: { [element]: [type, {}] } }, prefix: element, min: 1, max: 50 } },
  several: true,
  optional: true,
})
/** For this one value of the input there is a native counterpart. */
export const onlyWith = (input: ComfyInput, only: JsonValue): ComfyInput => ({ ...input, only })

/**
 * `steps` stands for the ComfyUI input of that name; `[input, map]` translates its values; `{ value }` is always the
 * same.
 */
type Shorthand =
  | string
  | readonly [input: string, map: ValueMap]
  | { readonly value: JsonValue }
  | { readonly part: string; readonly output: string }
  | { readonly inputs: readonly string[] }
  | ViaSource
  | { readonly input: string; readonly as: Conversion }
export type PartDeclaration = readonly [type: string, inputs: { readonly [native: string]: Shorthand }]

function sourceOf(short: Shorthand): NativeSource {
  if (typeof short === 'string') return { input: short }
  return 'length' in short ? { input: short[0], map: short[1] } : short
}
function partOf([type, inputs]: PartDeclaration): NativePart {
  const sources = Object.entries(inputs).map(([name, short]): [string, NativeSource] => [name, sourceOf(short)])
  return { type, version: 1, inputs: Object.fromEntries(sources) }
}

export interface AdapterDeclaration {
  readonly name: string
  readonly displayName: string
  readonly category: string
  readonly description?: string
  /** Whose class it is, where it is not one of ComfyUI's own. */
  readonly module?: string
  readonly inputs: readonly ComfyInput[]
  /**
   * By slot: ComfyUI's type, and the native output, of `main` unless a part is named: `latents` or `encode.latents`;
   * then its name, and `list` where the whole list goes out.
   */
  readonly outputs: readonly (readonly [type: string, output: string | null, name?: string, list?: 'list'])[]
  readonly outputNode?: boolean
  /** Inputs that begin so are passed on under the rest of their name. */
  readonly takesMore?: string
  readonly deprecated?: boolean
  readonly sendsPictures?: boolean
  /** By slot: the input whose link the output hands on. */
  readonly passes?: readonly string[]
  readonly takesLists?: boolean
  /** The input whose constant is the output, of primitives. */
  readonly constant?: string
  /** The native node, or several by part. */
  readonly is: PartDeclaration | { readonly [part: string]: PartDeclaration }
}

/** Declares one ComfyUI class over native nodes. */
export function adapter(declaration: AdapterDeclaration): ComfyClass {
  const { is, outputs, description = '', outputNode = false, ...named } = declaration
  const parts = isOne(is)
    ? { main: partOf(is) }
    : Object.fromEntries(Object.entries(is).map(([part, of]) => [part, partOf(of)]))
  return {
    ...named,
    description,
    outputNode,
    outputs: outputs.map(([type, , name, list]): ComfyOutput => ({
      type,
      name: name ?? type,
      ...(list ? { list: true } : {}),
    })),
    parts,
    slots: outputs.map(([, output]) => {
      if (output === null) return null
      const [part, of] = output.split('.')
      return of === undefined ? (['main', output] as const) : ([part ?? 'main', of] as const)
    }),
  }
}
const isOne = (is: AdapterDeclaration['is']): is is PartDeclaration => Array.isArray(is)

/** A class of empty latents: both sides are `side` by default, and multiples of `multiple`. */
export const emptyLatents = (
  name: string,
  displayName: string,
  category: string,
  { side, multiple }: { readonly side: number; readonly multiple: number },
): ComfyClass =>
  adapter({
    name,
    displayName,
    category,
    inputs: [
      integer('width', side, 16, 16_384, multiple),
      integer('height', side, 16, 16_384, multiple),
      integer('batch_size', 1, 1, 4096),
    ],
    outputs: [['LATENT', 'latents']],
    is: ['EmptyLatents', { width: 'width', height: 'height', batch: 'batch_size' }],
  })
