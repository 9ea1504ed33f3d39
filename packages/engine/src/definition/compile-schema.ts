import { nearestName } from './nearest-name.ts'
import { given, type JsonObject } from '../workflow/index.ts'
import { Ajv, type ErrorObject } from 'ajv'
import { isSeed } from './input.ts'

/** Where a value does not fit its schema: `path` is dotted (`nodes.3.values.steps`; empty for the value itself). */
export interface SchemaIssue {
  readonly path: string
  /** What was expected and what was there, without the subject: `must be at least 1, not 0`. */
  readonly message: string
  /** The keyword of JSON Schema that failed, e.g. `additionalProperties`. */
  readonly keyword: string
  /** The option that was meant, where the value is nearly one of those allowed. */
  readonly nearest?: string
}
/** All issues of a value, none when it fits. Never changes the value. */
export type SchemaCheck = (value: unknown) => readonly SchemaIssue[]

/**
 * Compiles JSON Schemas (draft 7, strict, all errors; format `uint64` for seeds) that may refer to one another by
 * `$id`.
 */
export function createSchemaCompiler(): (schema: JsonObject) => SchemaCheck {
  const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true, strictTypes: false, verbose: true })
  ajv.addFormat('uint64', isSeed)
  return (schema) => {
    const validate = ajv.compile(schema)
    return (value) => (validate(value) ? [] : (validate.errors ?? []).filter(isTelling).map(issueOf))
  }
}

/** The error of an `if` says only that its `then` failed, which has said why. */
function isTelling({ keyword }: ErrorObject): boolean {
  return keyword !== 'if'
}

function issueOf(error: ErrorObject): SchemaIssue {
  const steps = error.instancePath.split('/').slice(1).map(unescapePointer)
  const { additionalProperty, missingProperty } = error.params as Record<string, unknown>
  for (const name of [additionalProperty, missingProperty]) if (typeof name === 'string') steps.push(name)
  return {
    path: steps.join('.'),
    message: describe(error),
    keyword: error.keyword,
    ...given({ nearest: nearestOption(error) }),
  }
}

function unescapePointer(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~')
}

function nearestOption({ keyword, data, schema }: ErrorObject): string | undefined {
  if (keyword !== 'enum' || typeof data !== 'string' || !Array.isArray(schema)) return undefined
  return nearestName(
    data,
    schema.filter((option) => typeof option === 'string'),
  )
}

function describe({ keyword, params, message, data, schema }: ErrorObject): string {
  const got = `, not ${shown(data)}`
  const { limit, format, type } = params as Record<string, unknown>
  switch (keyword) {
    case 'minimum':
      return `must be at least ${String(limit)}${got}`
    case 'maximum':
      return `must be at most ${String(limit)}${got}`
    case 'type':
      return `must be ${[type].flat().join(' or ')}${got}`
    case 'enum':
      return `must be one of ${list(schema)}${got}`
    case 'const':
      return `must be ${shown(schema)}${got}`
    case 'format':
      return format === 'uint64'
        ? `must be an unsigned 64-bit integer in decimals${got}`
        : `must be a ${String(format)}${got}`
    case 'required':
      return 'is missing'
    case 'additionalProperties':
    case 'unevaluatedProperties':
      return 'is not known here'
    default:
      return `${message ?? `fails ${keyword}`}${got}`
  }
}

function list(values: unknown): string {
  const words = Array.isArray(values) ? values.map(shown) : []
  return words.length > 12 ? `${words.slice(0, 12).join(', ')}, … (${words.length} in all)` : words.join(', ')
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 57)}…` : text
}
