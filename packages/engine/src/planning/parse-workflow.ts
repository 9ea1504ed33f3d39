import type { ErrorObject } from 'ajv'
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
import { checkDocument, mostIssues } from './check-document.ts'

export type ParsedWorkflow =
  { readonly ok: true; readonly workflow: Workflow } | { readonly ok: false; readonly issues: readonly Issue[] }

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
  const checked = checkDocument(migrated.document)
  return checked.ok ? checked : { ok: false, issues: issuesOf(checked.errors) }
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
 * found by depth; what it keeps grows with the depth alone, and a path is written for an issue alone.
 */
function notJson(json: unknown, limits: JsonLimits): Issue | undefined {
  const open: OpenObject[] = []
  const issue = (message: string, isWithin = true): Issue => {
    const at = isWithin ? open : open.slice(0, -1)
    const path = at.flatMap(({ keys, next }) => keys[next - 1] ?? []).reduce(join, '')
    return { code: 'not-json', severity: 'error', path, message }
  }
  let [length, values] = [0, 0]
  let value: unknown = json
  for (;;) {
    values++
    length += typeof value === 'string' ? value.length : 1
    if (length > limits.length)
      return issue(`The document is larger than the ${limits.length} characters that are read.`)
    if (values > limits.values) return issue(`The document has more than the ${limits.values} values that are read.`)
    if (open.length > limits.depth) return issue(`More than ${limits.depth} levels of arrays and objects.`)
    if (typeof value === 'object' && value !== null) open.push(openedOf(value))
    else if (value !== undefined && !isJsonScalar(value)) return issue(`Expected JSON, but this is ${kindOf(value)}.`)
    let top = open.at(-1)
    while (top && top.next === top.keys.length) {
      open.pop()
      top = open.at(-1)
    }
    if (!top) return undefined
    const key = top.keys[top.next++] ?? ''
    if (key === '__proto__') return issue('The key "__proto__" is not allowed.', false)
    value = Reflect.get(top.object, key)
  }
}

interface OpenObject {
  readonly object: object
  readonly keys: readonly string[]
  next: number
}
const openedOf = (object: object): OpenObject => ({ object, keys: Object.keys(object), next: 0 })

const isJsonScalar = (value: unknown): boolean =>
  typeof value === 'number' ? Number.isFinite(value) : value === null || ['string', 'boolean'].includes(typeof value)

function issuesOf(errors: readonly ErrorObject[]): Issue[] {
  // `if` repeats what `then` or `else` said; `propertyNames` repeats what its pattern said.
  const telling = errors.filter(({ keyword }) => keyword !== 'if' && keyword !== 'propertyNames')
  const issues = telling.slice(0, mostIssues).map(issueOf)
  if (telling.length <= mostIssues) return issues
  const message = `… and more of the kind: the first ${mostIssues} are listed.`
  return [...issues, { code: 'schema', severity: 'error', path: '', message }]
}

function issueOf(error: ErrorObject): Issue {
  const segments = error.instancePath.split('/').slice(1).map(unescapePointer)
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
    case 'unknownField':
      return `there is no such field here${mayBe(lastOf(error.instancePath), params['fields'])}`
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

/** The name of the place that a JSON pointer leads to. */
const lastOf = (pointer: string): string => unescapePointer(pointer.slice(pointer.lastIndexOf('/') + 1))

function join(path: string, segment: string): string {
  const plain = /^[\w-]+$/.test(segment) ? segment : JSON.stringify(segment)
  return path === '' ? plain : `${path}.${plain}`
}

function unescapePointer(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~')
}
