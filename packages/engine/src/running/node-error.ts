import type { PlannedNode } from '../planning/planned-node.ts'
import type { JsonValue, NodeId, RunErrorReport } from '../workflow/index.ts'

/** Why a node failed. */
export const nodeErrorCodes = [
  /** Its `run` threw. */
  'node-failed',
  /** It did not settle within its time. */
  'timeout',
  /** What arrived by link does not fit the input. */
  'bad-input',
  /** What it returned are not its outputs. */
  'bad-output',
  /** The graph that it made cannot run. */
  'bad-expansion',
  /** Its own fingerprint could not be made. */
  'fingerprint-failed',
  /** It waits for something that waits for it. */
  'stalled',
  /** It passed nothing on and said why, and all that the run was for needs what it gives. */
  'blocked',
  /** The same, without a reason. */
  'nothing-made',
] as const
export type NodeErrorCode = (typeof nodeErrorCodes)[number]

/** Something went wrong in a node while it ran. `cause` is what the node threw. */
export class NodeError extends Error {
  override readonly name = 'NodeError'
  readonly code: NodeErrorCode
  readonly nodeId: NodeId
  readonly nodeType: string
  /** What the node received, shortened for reading. */
  readonly inputs: { readonly [input: string]: JsonValue }

  constructor(
    code: NodeErrorCode,
    node: PlannedNode,
    what: string,
    { cause, inputs = {} }: { readonly cause?: unknown; readonly inputs?: { readonly [input: string]: unknown } } = {},
  ) {
    const type = node.definition.type
    super(`${type} (node ${node.id}): ${what}`, cause === undefined ? undefined : { cause })
    this.code = code
    this.nodeId = node.id
    this.nodeType = type
    this.inputs = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, shownValue(value)]))
  }
}

/** An error as it crosses a process or a wire. */
export function errorReportOf(error: NodeError): RunErrorReport {
  const causes: string[] = []
  for (let cause = error.cause; cause !== undefined && causes.length < 8; cause = causeOf(cause))
    causes.push(messageOf(cause))
  return {
    code: error.code,
    message: error.message,
    node: error.nodeId,
    nodeType: error.nodeType,
    ...(Object.keys(error.inputs).length > 0 && { inputs: error.inputs }),
    ...(causes.length > 0 && { causes }),
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined
}

/** What a thrown value says: of an error its message, of anything else itself. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message || error.name
  return typeof error === 'string' ? error : shortened(JSON.stringify(shownValue(error)), 200)
}

/**
 * A value made short and plain for reading: numbers and short texts as they are, arrays and buffers by kind and length.
 */
export function shownValue(value: unknown, depth = 2): JsonValue {
  switch (typeof value) {
    case 'string':
      return shortened(value, 200)
    case 'number':
      return Number.isFinite(value) ? value : String(value)
    case 'boolean':
      return value
    case 'undefined':
      return 'nothing'
    case 'bigint':
      return String(value)
    case 'function':
      return 'asked for while running'
    case 'symbol':
      return String(value)
    case 'object':
      return value === null ? null : shownObject(value, depth)
  }
}

function shownObject(value: object, depth: number): JsonValue {
  if (ArrayBuffer.isView(value))
    return `${value.constructor.name}(${'length' in value ? String(value.length) : value.byteLength})`
  if (Array.isArray(value)) {
    if (depth === 0 || value.length > 8) return `list of ${value.length}`
    return value.map((element: unknown) => shownValue(element, depth - 1))
  }
  const name = value.constructor?.name
  const entries = Object.entries(value)
  if (depth === 0)
    return name === undefined || name === 'Object' ? `{ ${shortened(Object.keys(value).join(', '), 80)} }` : name
  return Object.fromEntries(entries.slice(0, 12).map(([key, member]) => [key, shownValue(member, depth - 1)]))
}

function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text
}
