import type { WorkflowTemplate } from '../api/api-types.ts'

/** What became of a node pack, and what it brings beside its definitions: plain data that the server itself uses. */
export interface NodePack {
  readonly name: string
  readonly nodes: number
  /** Of the nodes that it brings. */
  readonly types: readonly string[]
  /** Why it was left out. */
  readonly error?: string
  /** What is wrong with it though it was loaded: adapters that are left out, defaults out of range. */
  readonly warnings: readonly string[]
  /** Its declarations of ComfyUI's node classes, checked, as the pack wrote them. */
  readonly adapters: readonly unknown[]
  readonly workflows: readonly WorkflowTemplate[]
  readonly styleSheet?: string
}
