import { _, Ajv, type ErrorObject, type KeywordCxt, Name, type ValidateFunction } from 'ajv'
import type { Workflow } from '../workflow/index.ts'
import { workflowSchema } from './workflow-schema.ts'

export type CheckedDocument =
  { readonly ok: true; readonly workflow: Workflow } | { readonly ok: false; readonly errors: readonly ErrorObject[] }

/** Issues that are listed; of a document with more, not all are looked for. */
export const mostIssues = 200

/**
 * Holds a document to the schema. Time and memory grow with the document and not with its mistakes: Ajv joins the
 * errors behind each `$ref` to those before, which is quadratic, so it gets a schema without them; and the search ends
 * when there are more mistakes than are listed.
 */
export function checkDocument(document: unknown): CheckedDocument {
  if (check(document)) return { ok: true, workflow: document }
  return { ok: false, errors: check.errors ?? [] }
}

/** Variables of the functions that Ajv writes. */
const errorNames = { errors: new Name('errors'), vErrors: new Name('vErrors') }

const ajv = new Ajv({ strict: true, allErrors: true, verbose: true })
  .addKeyword({ keyword: 'endWhenEnough', schemaType: 'boolean', code: endWhenEnough })
  .addKeyword({
    keyword: 'unknownField',
    schemaType: 'array',
    code: (context: KeywordCxt) => context.fail(_`true`),
    error: { message: 'unknown field', params: ({ schemaValue }) => _`{fields: ${schemaValue}}` },
  })
const check: ValidateFunction<Workflow> = ajv.compile<Workflow>(withoutRefs(workflowSchema))

/** Ends the whole check, with the errors so far. */
function endWhenEnough({ gen, it }: KeywordCxt): void {
  const { errors, vErrors } = errorNames
  // Some errors repeat others, and are not listed.
  gen.if(_`${errors} > ${3 * mostIssues}`, () => {
    gen.assign(_`${it.validateName}.errors`, vErrors)
    gen.return(false)
  })
}
/**
 * The schema with each `$ref` replaced by what it means, and with ends in it wherever a document may repeat a mistake.
 */
function withoutRefs(schema: typeof workflowSchema): object {
  const definitions: { readonly [name: string]: unknown } = schema.definitions
  const written = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(written)
    if (typeof part !== 'object' || part === null) return part
    const { $ref: ref, ...fields }: { $ref?: unknown } = part
    if (typeof ref === 'string') return written(definitions[ref.slice(ref.lastIndexOf('/') + 1)])
    return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, writtenField(name, field, part)]))
  }
  const writtenField = (name: string, field: unknown, of: object): unknown => {
    if (name === 'additionalProperties' && field === false) {
      return { endWhenEnough: true, unknownField: Object.keys('properties' in of ? Object(of.properties) : {}) }
    }
    const repeats = ['additionalProperties', 'propertyNames', 'items'].includes(name)
    return repeats ? { endWhenEnough: true, ...Object(written(field)) } : written(field)
  }
  const { definitions: _definitions, $id: _id, ...root } = schema
  return Object(written(root))
}
