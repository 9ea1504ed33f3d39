import type { JsonObject } from '@patchbay/engine/workflow'

/** One mistake in ComfyUI's shape. */
export interface ComfyError {
  readonly type: string
  readonly message: string
  readonly details: string
  readonly extra_info: JsonObject
}
/** What is wrong, by the id of the node. */
export type ErrorsById = ReadonlyMap<string, NodeErrors>
/** The mistakes of one node, and the output nodes that need it. */
export interface NodeErrors {
  readonly errors: readonly ComfyError[]
  readonly dependent_outputs: readonly string[]
  readonly class_type: string
}
