import type { JsonValue } from '@patchbay/engine/workflow'
import { type ComfyInput, widgetTypes } from '../classes/comfy-class.ts'
import { floatText } from './prompt-text.ts'
import type { ComfyError } from '../errors/comfy-error.ts'

type Coerced = { readonly value: JsonValue } | { readonly error: ComfyError }

/**
 * A constant as its input wants it: texts that are numbers become numbers (some clients send them so), then range and
 * choices. `written` is its text in the request where that says more, so that 5.0 is told from 5.
 */
export function coerceValue(
  input: ComfyInput,
  given: JsonValue,
  choicesOf: (folder: string) => readonly string[],
  written?: string,
): Coerced {
  const coerced = coercedTo(input, given, choicesOf, written)
  const { only } = input
  if (only === undefined || 'error' in coerced || coerced.value === only) return coerced
  return {
    error: {
      type: 'value_not_in_list',
      message: 'Value not in list',
      details: `${input.name}: ${JSON.stringify(given)} has no counterpart here, only ${JSON.stringify(only)}`,
      extra_info: { input_name: input.name, input_config: [[only], input.options], received_value: given },
    },
  }
}

function coercedTo(
  input: ComfyInput,
  given: JsonValue,
  choicesOf: (folder: string) => readonly string[],
  written: string | undefined,
): Coerced {
  switch (input.type) {
    case 'INT':
      return inRange(input, given, intOf(given))
    case 'FLOAT':
      return inRange(input, given, floatOf(given))
    case 'STRING':
      return { value: textOf(given, written) }
    case 'BOOLEAN':
      return { value: truthOf(given) }
    case 'COMBO':
      return chosen(input, given, choicesFor(input, choicesOf))
    default:
      return atSocket(input, given, written)
  }
}

/** The constants of a list. A picture may come out of another folder, which its name says then. */
function choicesFor({ folder, choices = [] }: ComfyInput, choicesOf: (folder: string) => readonly string[]) {
  if (folder !== 'input') return folder === undefined ? choices : choicesOf(folder)
  const elsewhere = annotatedFolders.flatMap((other) => choicesOf(other).map((name) => `${name} [${other}]`))
  return [...choicesOf(folder), ...elsewhere]
}
/** Folders whose files an input for pictures takes too, as `name.png [output]`. */
export const annotatedFolders = ['output', 'temp'] as const

/** Python's `str()`. */
function textOf(given: JsonValue, written: string | undefined): string {
  if (typeof given === 'string') return given
  if (typeof given === 'boolean') return given ? 'True' : 'False'
  if (given === null) return 'None'
  if (typeof given === 'number' && written !== undefined) return floatText(given)
  return JSON.stringify(given)
}

/** The type of a constant, by how it was written. */
export function typeOfConstant(given: JsonValue, written?: string): string {
  if (typeof given === 'boolean') return 'BOOLEAN'
  if (typeof given === 'string') return written === undefined ? 'STRING' : 'INT'
  if (typeof given === 'number') return written === undefined && Number.isInteger(given) ? 'INT' : 'FLOAT'
  return '*'
}

/** An input without a widget takes a constant of one of its types; a socket of models or pictures has none. */
function atSocket(input: ComfyInput, given: JsonValue, written: string | undefined): Coerced {
  const type = typeOfConstant(given, written)
  if (input.type === '*' || input.type.split(',').includes(type)) return { value: given }
  const wanted = input.type.split(',').some((name) => widgetTypes.includes(name)) ? `one of ${input.type}` : 'a link'
  const exception = `${input.name} takes ${wanted}, not ${type} ${written ?? JSON.stringify(given)}`
  return {
    error: {
      type: 'invalid_input_type',
      message: `Failed to convert an input value to a ${input.type} value`,
      details: `${input.name}, ${written ?? JSON.stringify(given)}, ${exception}`,
      extra_info: {
        input_name: input.name,
        input_config: [input.type, input.options],
        received_value: given,
        exception_message: exception,
      },
    },
  }
}

/** Whole numbers past 2^53 are carried as decimal texts. */
function intOf(given: JsonValue): number | string | undefined {
  if (typeof given === 'boolean') return Number(given)
  if (typeof given === 'number') return Number.isFinite(given) ? Math.trunc(given) : undefined
  if (typeof given !== 'string' || !/^\s*[+-]?\d+\s*$/.test(given)) return undefined
  const exact = BigInt(given.trim().replace(/^\+/, ''))
  const number = Number(exact)
  return Number.isSafeInteger(number) ? number : String(exact)
}

function floatOf(given: JsonValue): number | undefined {
  if (typeof given === 'boolean') return Number(given)
  const number = typeof given === 'string' && given.trim() !== '' ? Number(given) : given
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** Python's `bool()`: any non-empty text is true, also "false"; an empty list or object is not. */
const truthOf = (given: JsonValue): boolean =>
  typeof given === 'object' && given !== null ? Object.keys(given).length > 0 : Boolean(given)

function inRange(input: ComfyInput, given: JsonValue, value: number | string | undefined): Coerced {
  const { name, type, options } = input
  const extra = { input_name: name, input_config: [type, options], received_value: given }
  if (value === undefined) {
    return {
      error: {
        type: 'invalid_input_type',
        message: `Failed to convert an input value to a ${type} value`,
        details: `${name}, ${JSON.stringify(given)}, not a number`,
        extra_info: { ...extra, exception_message: `not a number: ${JSON.stringify(given)}` },
      },
    }
  }
  const below = options['min'] !== undefined && compare(value, options['min']) < 0
  const above = options['max'] !== undefined && compare(value, options['max']) > 0
  if (!below && !above) return { value }
  return {
    error: {
      type: below ? 'value_smaller_than_min' : 'value_bigger_than_max',
      message: below
        ? `Value ${value} smaller than min of ${JSON.stringify(options['min'])}`
        : `Value ${value} bigger than max of ${JSON.stringify(options['max'])}`,
      details: name,
      extra_info: extra,
    },
  }
}

/** Exact where both are whole, whatever their size. */
function compare(value: number | string, bound: JsonValue): number {
  const isWhole = (side: JsonValue) => /^-?\d+$/.test(String(side))
  if (isWhole(value) && isWhole(bound)) {
    const [a, b] = [BigInt(String(value)), BigInt(String(bound))]
    return a < b ? -1 : a > b ? 1 : 0
  }
  return Number(value) - Number(bound)
}

/**
 * The choice that a value names: the same text, a path written with the other slash, a file of the input folder that
 * says so itself (`a.png [input]`), or a sampler by the name that it had until 2023 (`sample_euler`).
 */
export function choiceMeant(
  given: JsonValue,
  choices: readonly string[],
  folder: string | undefined,
): string | undefined {
  const text = typeof given === 'object' ? undefined : String(given)
  const wishes =
    text === undefined
      ? []
      : folder === undefined
        ? [text, text.replace(/^sample_/, '')]
        : [text, fileMeant(text, folder)]
  return wishes.find((wish) => choices.includes(wish))
}

/** The name of a file of a folder, whichever slash it was written with; another folder that it names stays there. */
export function fileMeant(name: string, folder: string): string {
  const plain = name.replaceAll('\\', '/')
  return folder === 'input' ? plain.replace(/ \[input\]$/, '') : plain
}

function chosen(input: ComfyInput, given: JsonValue, choices: readonly string[]): Coerced {
  const match = choiceMeant(given, choices, input.folder)
  if (match !== undefined) return { value: match }
  const listed = choices.length <= 20
  return {
    error: {
      type: 'value_not_in_list',
      message: 'Value not in list',
      details: `${input.name}: ${JSON.stringify(given)} not in ${listed ? JSON.stringify(choices) : `(list of length ${choices.length})`}`,
      extra_info: {
        input_name: input.name,
        input_config: listed ? [[...choices], input.options] : null,
        received_value: given,
      },
    },
  }
}
