import type { JsonValue } from '@patchbay/engine/workflow'
import type { ComfyInput } from './comfy-class.ts'
import type { ComfyError } from './validate-prompt.ts'

type Coerced = { readonly value: JsonValue } | { readonly error: ComfyError }

/** A constant as its input wants it: texts that are numbers become numbers (some clients send them so), then range and choices. */
export function coerceValue(
  input: ComfyInput,
  given: JsonValue,
  choicesOf: (folder: string) => readonly string[],
): Coerced {
  switch (input.type) {
    case 'INT':
      return inRange(input, given, intOf(given))
    case 'FLOAT':
      return inRange(input, given, floatOf(given))
    case 'STRING':
      return { value: typeof given === 'string' ? given : JSON.stringify(given) }
    case 'BOOLEAN':
      return { value: truthOf(given) }
    case 'COMBO':
      return chosen(input, given, input.folder === undefined ? (input.choices ?? []) : choicesOf(input.folder))
    default:
      return { value: given }
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

/** Python's `bool()`: any non-empty text is true, also "false". */
const truthOf = (given: JsonValue): boolean => (typeof given === 'object' && given !== null ? true : Boolean(given))

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
        ? `Value ${String(value)} smaller than min of ${JSON.stringify(options['min'])}`
        : `Value ${String(value)} bigger than max of ${JSON.stringify(options['max'])}`,
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

function chosen(input: ComfyInput, given: JsonValue, choices: readonly string[]): Coerced {
  const match = choices.find((choice) => choice === given || choice === String(given))
  if (match !== undefined) return { value: match }
  const listed = choices.length <= 20
  return {
    error: {
      type: 'value_not_in_list',
      message: 'Value not in list',
      details: `${input.name}: ${JSON.stringify(given)} not in ${listed ? JSON.stringify(choices) : `(list of length ${String(choices.length)})`}`,
      extra_info: {
        input_name: input.name,
        input_config: listed ? [[...choices], input.options] : null,
        received_value: given,
      },
    },
  }
}
