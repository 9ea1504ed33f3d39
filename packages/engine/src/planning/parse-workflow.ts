import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { nearestName } from '../definition/nearest-name.ts'
import {
  type Issue,
  type JsonLimits,
  jsonLimits,
  type JsonObject,
  type JsonValue,
  migrate,
  parseJson,
  type Workflow,
} from '../workflow/index.ts'
import { workflowSchema } from './workflow-schema.ts'

export type ParsedWorkflow =
  { readonly ok: true; readonly workflow: Workflow } | { readonly ok: false; readonly issues: readonly Issue[] }

/** At most so many issues are listed; one more then counts those left out. */
const mostIssues = 200

const validate: ValidateFunction<Workflow> = new Ajv({
  strict: true,
  allErrors: true,
  verbose: true,
}).compile<Workflow>(workflowSchema)

/**
 * A workflow from untrusted JSON: older formats are migrated, and each place that does not fit the schema is an issue
 * with its path. What nodes there are and what they take is not looked at here: `validateWorkflow` does.
 */
export function parseWorkflow(json: unknown, limits: JsonLimits = jsonLimits): ParsedWorkflow {
  const problem = notJson(json, limits)
  if (problem) return { ok: false, issues: [problem] }
  if (!isJsonObject(json)) {
    return failed('schema', '', `Expected a workflow document, a JSON object, but this is ${kindOf(json)}.`)
  }
  if (json['format'] !== 'patchbay-workflow') return { ok: false, issues: [wrongFormat(json)] }
  const migrated = migrate(json)
  if (!migrated.ok) return { ok: false, issues: [migrated.issue] }
  const document: unknown = migrated.document
  if (validate(document)) return { ok: true, workflow: document }
  return { ok: false, issues: issuesOf(validate.errors ?? []) }
}

/**
 * A workflow from the text of a file. An issue about the JSON itself names line and column; seeds past 2^53 stay exact.
 */
export function parseWorkflowText(text: string, limits: JsonLimits = jsonLimits): ParsedWorkflow {
  const parsed = parseJson(text, limits)
  if (parsed.ok) return parseWorkflow(parsed.value, limits)
  return failed('not-json', '', `Line ${parsed.line}, column ${parsed.column}: ${parsed.message}`)
}

function failed(code: Issue['code'], path: string, message: string): ParsedWorkflow {
  return { ok: false, issues: [{ code, severity: 'error', path, message }] }
}

function wrongFormat(json: JsonObject): Issue {
  const format = json['format']
  const hint = looksLikeComfy(json)
    ? ' It looks like a ComfyUI workflow: convert it (`patchbay convert`), POST it to /prompt, or open it in the editor.'
    : ''
  return {
    code: 'schema',
    severity: 'error',
    path: 'format',
    message: `Expected "format" to be "patchbay-workflow", but it is ${format === undefined ? 'missing' : JSON.stringify(format)}.${hint}`,
  }
}

function looksLikeComfy(json: JsonObject): boolean {
  if (Array.isArray(json['nodes']) && Array.isArray(json['links'])) return true
  const nodes = Object.values(json)
  return nodes.length > 0 && nodes.every((node) => isJsonObject(node) && 'class_type' in node)
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * What makes a value no JSON, or too much of it. Walks without recursion, so that nothing overflows and a loop in it is
 * found by depth.
 */
function notJson(json: unknown, limits: JsonLimits): Issue | undefined {
  const open: { value: unknown; path: string; depth: number }[] = [{ value: json, path: '', depth: 0 }]
  let size = 0
  const issue = (path: string, message: string): Issue => ({ code: 'not-json', severity: 'error', path, message })
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, path, depth } = next
    size += typeof value === 'string' ? value.length : 1
    if (size > limits.length)
      return issue(path, `The document is larger than the ${limits.length} characters that are read.`)
    if (depth > limits.depth) return issue(path, `More than ${limits.depth} levels of arrays and objects.`)
    if (typeof value === 'object' && value !== null) {
      for (const [key, member] of Object.entries(value)) {
        if (key === '__proto__') return issue(path, 'The key "__proto__" is not allowed.')
        if (member !== undefined) open.push({ value: member, path: join(path, key), depth: depth + 1 })
      }
    } else if (
      typeof value === 'number' ? !Number.isFinite(value) : !jsonScalars.includes(typeof value) && value !== null
    ) {
      return issue(path, `Expected JSON, but this is ${kindOf(value)}.`)
    }
  }
  return undefined
}
const jsonScalars = ['string', 'boolean']

function issuesOf(errors: readonly ErrorObject[]): Issue[] {
  // `if` repeats what `then` or `else` said; `propertyNames` repeats what its pattern said.
  const telling = errors.filter(({ keyword }) => keyword !== 'if' && keyword !== 'propertyNames')
  const issues = telling.slice(0, mostIssues).map(issueOf)
  const left = telling.length - issues.length
  if (left > 0) issues.push({ code: 'schema', severity: 'error', path: '', message: `… and ${left} more of the kind.` })
  return issues
}

function issueOf(error: ErrorObject): Issue {
  const segments = error.instancePath.split('/').slice(1).map(unescapePointer)
  const extra: unknown = error.params['additionalProperty'] ?? error.params['missingProperty']
  if (error.keyword === 'additionalProperties') segments.push(String(extra))
  if (error.propertyName !== undefined) segments.push(error.propertyName)
  const path = segments.reduce(join, '')
  const message = `${path === '' ? 'The document' : path}: ${sentence(error)}`
  return { code: 'schema', severity: 'error', path, message, ...place(segments) }
}

/** The node of the top level, and the input, that an issue is about. */
function place([section, node, part, input]: readonly string[]): Pick<Issue, 'node' | 'input'> {
  if (section !== 'nodes' || node === undefined) return {}
  return { node, ...((part === 'values' || part === 'links') && input !== undefined ? { input } : {}) }
}

function sentence(error: ErrorObject): string {
  const { params, data, keyword } = error
  switch (keyword) {
    case 'required':
      return `${JSON.stringify(params['missingProperty'])} is missing.`
    case 'additionalProperties':
      return `there is no such field here${mayBe(String(params['additionalProperty']), Object.keys(error.parentSchema?.['properties'] ?? {}))}`
    case 'type':
      return `expected ${article(String(params['type']))}, but it is ${kindOf(data)}.`
    case 'enum':
      return `expected one of ${params['allowedValues'].map((value: JsonValue) => JSON.stringify(value)).join(', ')}, but it is ${shown(data)}.`
    case 'const':
      return `expected ${JSON.stringify(params['allowedValue'])}, but it is ${shown(data)}.`
    case 'pattern':
      return `${shown(data)} cannot be a name: "/" and names that every object has, such as "constructor", are not allowed.`
    case 'minLength':
      return 'an empty text is no name.'
    case 'maxLength':
      return `the text is longer than the ${params['limit']} characters allowed.`
    case 'maxItems':
      return `the list is longer than the ${params['limit']} entries allowed.`
    case 'minimum':
    case 'exclusiveMinimum':
      return `expected a number ${params['comparison']} ${params['limit']}, but it is ${shown(data)}.`
    default:
      return `${error.message ?? 'does not fit'} (${keyword}).`
  }
}

/** `; did you mean "links"?` when one of `known` is at most two letters away. */
function mayBe(name: string, names: readonly string[]): string {
  const near = nearestName(name, names)
  return near === undefined ? ` (known: ${names.join(', ')}).` : `; did you mean ${JSON.stringify(near)}?`
}

function article(type: string): string {
  return type === 'object'
    ? 'an object'
    : type === 'array'
      ? 'a list'
      : type === 'integer'
        ? 'a whole number'
        : `a ${type === 'string' ? 'text' : type}`
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  switch (typeof value) {
    case 'object':
      return 'an object'
    case 'string':
      return `the text ${shown(value)}`
    case 'undefined':
      return 'missing'
    case 'function':
    case 'symbol':
      return `a ${typeof value}`
    default:
      return `${typeof value === 'bigint' ? 'the bigint' : typeof value === 'number' ? 'the number' : ''} ${String(value)}`.trim()
  }
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length <= 80 ? text : `${text.slice(0, 77)}…`
}

function join(path: string, segment: string): string {
  const plain = /^[\w-]+$/.test(segment) ? segment : JSON.stringify(segment)
  return path === '' ? plain : `${path}.${plain}`
}

function unescapePointer(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~')
}
