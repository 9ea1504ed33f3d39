import { Validator, type OutputUnit, type Schema } from '@cfworker/json-schema'
import { migrate, type JsonObject, type JsonValue, type Workflow } from '@patchbay/engine/workflow'
import schema from '@patchbay/engine/schema'

const validator = new Validator(schema as Schema, '7')

export type Checked =
  { readonly ok: true; readonly workflow: Workflow } | { readonly ok: false; readonly message: string }

/** A document of any version as one of today that can be shown; else what is wrong with it, and where. */
export function checkDocument(json: JsonValue): Checked {
  if (!isObject(json)) return { ok: false, message: 'A workflow is a JSON object; this is none.' }
  const migrated = migrate(json)
  if (!migrated.ok) return { ok: false, message: migrated.issue.message }
  const document: unknown = migrated.document
  if (isWorkflow(document)) return { ok: true, workflow: document }
  return { ok: false, message: `The workflow is damaged. ${sentenceOf(validator.validate(document).errors)}` }
}

function isWorkflow(document: unknown): document is Workflow {
  return validator.validate(document).valid
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The error that lies deepest: those above only say that something in them is wrong. */
function sentenceOf(errors: readonly OutputUnit[]): string {
  const depth = ({ instanceLocation }: OutputUnit): number => instanceLocation.split('/').length
  const [deepest] = [...errors].sort((a, b) => depth(b) - depth(a))
  if (!deepest) return ''
  const place = deepest.instanceLocation.replace(/^#\/?/, '').replaceAll('/', '.')
  return `${place === '' ? 'The document' : place}: ${deepest.error}`
}
