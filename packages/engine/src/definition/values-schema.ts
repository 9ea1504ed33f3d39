import type { AnyNodeDefinition } from './define-node.ts'
import type { JsonObject } from '../workflow/index.ts'

/**
 * JSON Schema of the `values` of a node: one property a value input, nothing else, none required (each has a default).
 */
export function valuesSchemaOf(definition: Pick<AnyNodeDefinition, 'type' | 'inputs'>): JsonObject {
  const properties: Record<string, JsonObject> = {}
  for (const [name, input] of Object.entries(definition.inputs)) {
    if (input.kind === 'value') properties[name] = { ...input.schema, default: input.default }
  }
  return { type: 'object', properties, additionalProperties: false }
}

/** The default of every value input, by name. */
export function defaultsOf(definition: Pick<AnyNodeDefinition, 'inputs'>): JsonObject {
  return Object.fromEntries(
    Object.entries(definition.inputs).flatMap(([name, input]) =>
      input.kind === 'value' ? [[name, input.default]] : [],
    ),
  )
}
