import type { JsonValue, NodeInstance, Workflow } from '@patchbay/engine/workflow'
import type { Batch, ValueTarget } from '../api/api-types.ts'
import { didYouMean } from '@patchbay/engine'
import { Failure } from '../failure.ts'

/** Most jobs that one submission may make, and most nodes of all their documents together. */
export const [maxBatch, maxBatchNodes] = [10_000, 1_000_000]

/**
 * Puts values in a copy of the workflow: at named parameters, or at inputs of nodes. A link on the input gives way to
 * the value.
 */
export function withValues(document: Workflow, values: readonly (readonly [ValueTarget, JsonValue])[]): Workflow {
  if (values.length === 0) return document
  const nodes: Record<string, NodeInstance> = { ...document.nodes }
  for (const [target, value] of values) {
    const { node: id, input } = placeOf(document, target)
    const node = nodes[id]
    if (!node)
      throw new Failure(
        'invalid-request',
        `There is no node "${id}" to set "${input}" of.${didYouMean(id, Object.keys(nodes))}`,
      )
    const { [input]: _replaced, ...links } = node.links
    nodes[id] = { ...node, values: { ...node.values, [input]: value }, links }
  }
  return { ...document, nodes }
}

function placeOf(document: Workflow, target: ValueTarget): { node: string; input: string } {
  if (typeof target !== 'string') return target
  const parameters = document.parameters ?? {}
  const parameter = Object.hasOwn(parameters, target) ? parameters[target] : undefined
  if (parameter) return parameter
  const known = Object.keys(parameters).join(', ')
  const nearest = didYouMean(target, Object.keys(parameters))
  throw new Failure('invalid-request', `The workflow has no parameter "${target}".${nearest}`, {
    hint: known ? `Its parameters are: ${known}.` : 'It has no parameters; name a node and an input instead.',
  })
}

/**
 * One document for each job of a batch: axes zipped inside a group, groups multiplied, each repeated `count` times.
 */
export function expandBatch(document: Workflow, batch: Batch): Workflow[] {
  const groups = (batch.groups ?? []).map(rowsOf)
  const repeats = batch.count ?? 1
  const size = groups.reduce((product, rows) => product * rows.length, repeats)
  if (size > maxBatch) {
    throw new Failure('invalid-request', `The batch makes ${size} jobs; at most ${maxBatch} are allowed.`)
  }
  const nodes = Object.keys(document.nodes).length
  if (size * nodes > maxBatchNodes) {
    throw new Failure(
      'invalid-request',
      `The batch makes ${size} jobs of ${nodes} nodes each; at most ${maxBatchNodes} nodes in all are allowed.`,
      { hint: 'Submit it in parts.' },
    )
  }
  if (size < 1) throw new Failure('invalid-request', 'The batch makes no job: every axis needs at least one value.')
  let combinations: (readonly (readonly [ValueTarget, JsonValue])[])[] = [[]]
  for (const rows of groups) combinations = combinations.flatMap((left) => rows.map((row) => [...left, ...row]))
  return combinations.flatMap((values) => {
    const filled = withValues(document, values)
    return Array.from({ length: repeats }, (_, repeat) =>
      batch.vary === undefined || repeat === 0 ? filled : withRaisedSeed(filled, batch.vary, repeat),
    )
  })
}

function rowsOf(axes: NonNullable<Batch['groups']>[number]): (readonly [ValueTarget, JsonValue])[][] {
  const length = axes[0]?.values.length ?? 0
  const odd = axes.find((axis) => axis.values.length !== length)
  if (odd) {
    throw new Failure(
      'invalid-request',
      `Axes of one group advance together, so they need the same number of values: one has ${length}, another ${odd.values.length}.`,
    )
  }
  return Array.from({ length }, (_, row) =>
    axes.flatMap(({ target, values }) => {
      const value = values[row]
      return value === undefined ? [] : [[target, value] as const]
    }),
  )
}

function withRaisedSeed(document: Workflow, target: ValueTarget, by: number): Workflow {
  const { node, input } = placeOf(document, target)
  const seed = document.nodes[node]?.values[input] ?? 0
  const text = typeof seed === 'number' && Number.isSafeInteger(seed) ? String(seed) : seed
  if (typeof text !== 'string' || !/^\d{1,20}$/.test(text)) {
    throw new Failure('invalid-request', `"${input}" of node "${node}" is not a seed, so it cannot be varied.`)
  }
  const raised = BigInt.asUintN(64, BigInt(text) + BigInt(by))
  return withValues(document, [[target, raised <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(raised) : String(raised)]])
}
