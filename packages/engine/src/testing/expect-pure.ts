import { type AnyNodeDefinition, defineNode } from '../definition/define-node.ts'
import { type Coercion, createRegistry } from '../definition/registry.ts'
import { type OutputRef, WorkflowBuilder } from '../definition/workflow-builder.ts'
import { validateWorkflow } from '../planning/validate.ts'
import { execute } from '../running/execute.ts'
import { AnyType } from '../definition/socket-type.ts'
import type { JsonValue } from '../workflow/index.ts'
import { contentOf } from './content.ts'

export interface PureOptions {
  readonly services?: unknown
  readonly coercions?: readonly Coercion[]
}

/**
 * Runs a node twice on the same inputs, and throws when it changed one of them or gave something else the second time.
 * What is given for link inputs is a value (an array for inputs that take lists), for value inputs a literal. Resolves
 * to the outputs.
 */
export async function expectPure(
  definition: AnyNodeDefinition,
  inputs: { readonly [name: string]: unknown },
  { services, coercions = [] }: PureOptions = {},
): Promise<{ readonly [output: string]: unknown }> {
  const before = new Map(Object.entries(inputs).map(([name, value]) => [name, contentOf(value)]))
  const first = await runAlone(definition, inputs, services, coercions)
  for (const [name, content] of before) {
    if (contentOf(inputs[name]) !== content) {
      throw new Error(
        `${definition.type} changes its input "${name}". A node never writes to what it receives: it makes something of its own.`,
      )
    }
  }
  const firstContent = contentOf(first)
  const second = await runAlone(definition, inputs, services, coercions)
  for (const name of Object.keys(first)) {
    if (contentOf(first[name]) === contentOf(second[name])) continue
    throw new Error(
      `${definition.type} gives another "${name}" when it runs again on the same inputs. Draw randomness from a seed.`,
    )
  }
  if (contentOf(first) !== firstContent)
    throw new Error(`${definition.type} changes what it gave before when it runs again.`)
  return first
}

async function runAlone(
  definition: AnyNodeDefinition,
  inputs: { readonly [name: string]: unknown },
  services: unknown,
  coercions: readonly Coercion[],
): Promise<{ readonly [output: string]: unknown }> {
  const w = new WorkflowBuilder()
  const given: unknown[] = []
  const constant = defineNode({
    type: 'Given',
    version: 1,
    inputs: {},
    outputs: { value: AnyType },
    usesNodeId: true,
    run: (_, { nodeId }) => ({ value: given[Number(nodeId.slice('given'.length))] }),
  })
  const linked = (value: unknown): OutputRef<never> =>
    w.add(constant, {}, { id: `given${given.push(value) - 1}` }).value
  const fed: { [name: string]: OutputRef | readonly OutputRef[] | JsonValue } = {}
  for (const [name, value] of Object.entries(inputs)) {
    const declared = definition.inputs[name]
    if (declared?.kind === 'value') fed[name] = typeof value === 'bigint' ? String(value) : (value as JsonValue)
    else if (declared?.list === true && Array.isArray(value)) fed[name] = value.map(linked)
    else fed[name] = linked(value)
  }
  const node = w.addByName(definition.type, definition.version, fed, { id: 'node' })
  const registry = createRegistry({ nodes: [definition, constant], coercions })
  const validated = await validateWorkflow(w.build(), registry, { targets: [node.id] })
  if (!validated.ok) throw new Error(validated.issues.map(({ message }) => message).join('\n'))
  const result = await execute(validated.plan, { services }).result
  if (result.state === 'failed') throw result.error
  if (result.state === 'cancelled') throw new Error('The run was cancelled.')
  return result.outputs.get(node.id) ?? {}
}
