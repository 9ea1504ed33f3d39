import { naturalOrder } from './natural-order.ts'
import type { NodeInstance, SubWorkflow, Workflow } from './workflow.ts'

/** Keys in the order they are written; keys that are not named here follow in natural order. */
const documentKeys = [
  'format',
  'version',
  'name',
  'description',
  'tags',
  'parameters',
  'results',
  'nodes',
  'workflows',
  'layout',
  'extra',
]
const subWorkflowKeys = ['label', 'description', 'inputs', 'outputs', 'nodes', 'layout']
const nodeKeys = ['type', 'version', 'mode', 'onFailure', 'values', 'links']
const detailKeys = ['node', 'input', 'output', 'like', 'label', 'x', 'y', 'width', 'height']

/**
 * The canonical text of a workflow: the same document always gives the same bytes. Keys are in a fixed order, ids in
 * natural order, one value a line, one link a line, so that two people's edits merge. Parameters, results and the
 * inputs and outputs of sub-workflows keep their order, since it is the order in which they are shown.
 */
export function serializeWorkflow(workflow: Workflow): string {
  return `${writeDocument(workflow)}\n`
}

function writeDocument(workflow: Workflow): string {
  const lines = new Lines(0)
  for (const [key, value] of entriesIn(workflow, documentKeys)) {
    switch (key) {
      case 'nodes':
        lines.add(key, writeNodes(workflow.nodes, 1))
        break
      case 'workflows':
        lines.add(key, writeSubWorkflows(workflow.workflows ?? {}, 1))
        break
      case 'parameters':
      case 'results':
        lines.add(key, write(value, 1, 'kept'))
        break
      case 'layout':
        lines.add(key, write(value, 1, 'sorted'))
        break
      default:
        lines.add(key, write(value, 1, 'spread'))
    }
  }
  return lines.text()
}

function writeSubWorkflows(workflows: { readonly [name: string]: SubWorkflow }, depth: number): string {
  const lines = new Lines(depth)
  for (const name of namesIn(workflows)) {
    const workflow = workflows[name]
    if (workflow) lines.add(name, writeSubWorkflow(workflow, depth + 1))
  }
  return lines.text()
}

function writeSubWorkflow(workflow: SubWorkflow, depth: number): string {
  const lines = new Lines(depth)
  for (const [key, value] of entriesIn(workflow, subWorkflowKeys)) {
    if (key === 'nodes') lines.add(key, writeNodes(workflow.nodes, depth + 1))
    else lines.add(key, write(value, depth + 1, key === 'layout' ? 'sorted' : 'kept'))
  }
  return lines.text()
}

function writeNodes(nodes: { readonly [id: string]: NodeInstance }, depth: number): string {
  const lines = new Lines(depth)
  for (const id of namesIn(nodes)) {
    const inner = new Lines(depth + 1)
    for (const [key, value] of entriesIn(nodes[id] ?? {}, nodeKeys)) {
      inner.add(key, write(value, depth + 2, key === 'links' ? 'sorted' : 'spread'))
    }
    lines.add(id, inner.text())
  }
  return lines.text()
}

/**
 * `spread`: every member of an object on its own line, in natural order. `sorted`: the same, but an object of scalars
 * is on one line. `kept`: as `sorted`, in the order of the document at this level.
 */
type Style = 'spread' | 'sorted' | 'kept'

function write(value: unknown, depth: number, style: Style): string {
  if (Array.isArray(value)) {
    const isFlat = value.every((element) => isScalar(element) || isScalarList(element) || isSmall(element))
    if (isFlat) return `[${value.map((element) => writeOnOneLine(element)).join(', ')}]`
    const indent = '  '.repeat(depth + 1)
    const elements = value.map((element) => indent + write(element, depth + 1, style === 'kept' ? 'sorted' : style))
    return `[\n${elements.join(',\n')}\n${'  '.repeat(depth)}]`
  }
  if (!isRecord(value)) return writeScalar(value)
  if (style !== 'spread' && isSmall(value)) return writeOnOneLine(value)
  const entries = style === 'kept' ? definedEntries(value) : entriesIn(value, style === 'spread' ? [] : detailKeys)
  const lines = new Lines(depth)
  for (const [key, member] of entries) lines.add(key, write(member, depth + 1, style === 'kept' ? 'sorted' : style))
  return lines.text()
}

function writeOnOneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((element) => writeOnOneLine(element)).join(', ')}]`
  if (!isRecord(value)) return writeScalar(value)
  const members = entriesIn(value, detailKeys).map(
    ([key, member]) => `${JSON.stringify(key)}: ${writeOnOneLine(member)}`,
  )
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}

/** A number past 2^53 is written with an exponent: as plain digits it would read like a 64-bit seed. */
function writeScalar(value: unknown): string {
  const isRounded = typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)
  return isRounded ? value.toExponential() : JSON.stringify(value)
}

/** An object of scalars, or one more level of such (an input of a sub-workflow, with what it is like). */
function isSmall(value: unknown): boolean {
  return (
    isRecord(value) &&
    definedEntries(value).every(
      ([key, member]) =>
        isScalar(member) || (key === 'like' && isRecord(member) && Object.values(member).every(isScalar)),
    ) &&
    writtenLength(value) <= 100
  )
}

function writtenLength(value: Readonly<Record<string, unknown>>): number {
  return JSON.stringify(value).length
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value !== 'object'
}

function isScalarList(value: unknown): boolean {
  return Array.isArray(value) && value.every(isScalar)
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function namesIn(members: object): string[] {
  return Object.keys(members).sort(naturalOrder)
}

function definedEntries(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, member]) => member !== undefined)
}

/** Entries with those of `first` in front, in that order, and the others behind, in natural order. */
function entriesIn(value: object, first: readonly string[]): [string, unknown][] {
  const rank = (key: string) => (first.includes(key) ? first.indexOf(key) : first.length)
  return definedEntries(value).sort(([a], [b]) => rank(a) - rank(b) || naturalOrder(a, b))
}

/** Collects the members of an object and writes them one a line. */
class Lines {
  private readonly depth: number
  private readonly members: string[] = []

  constructor(depth: number) {
    this.depth = depth
  }

  add(key: string, text: string): void {
    this.members.push(`${'  '.repeat(this.depth + 1)}${JSON.stringify(key)}: ${text}`)
  }

  text(): string {
    if (this.members.length === 0) return '{}'
    return `{\n${this.members.join(',\n')}\n${'  '.repeat(this.depth)}}`
  }
}

/** The canonical text of any JSON value on one line, keys in natural order: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  if (value === undefined) return 'undefined'
  if (Array.isArray(value)) return `[${value.map((element) => canonicalJson(element)).join(',')}]`
  if (!isRecord(value)) return writeScalar(value)
  const members = entriesIn(value, []).map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`)
  return `{${members.join(',')}}`
}
