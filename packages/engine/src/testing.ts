import * as arithmeticNodes from './testing/arithmetic.ts'
import * as loopNodes from './testing/loops.ts'
import type { AnyNodeDefinition } from './definition/define-node.ts'

export * from './testing/arithmetic.ts'
export * from './testing/loops.ts'
export { contentOf } from './testing/content.ts'
export type { PureOptions } from './testing/expect-pure.ts'
export { expectPure } from './testing/expect-pure.ts'
export type { EventLog } from './testing/event-log.ts'
export { eventLog } from './testing/event-log.ts'
export { runWorkflow } from './testing/run-workflow.ts'

/** Every node of this module, for a registry. */
export const arithmetic: readonly AnyNodeDefinition[] = [...Object.values(arithmeticNodes), ...Object.values(loopNodes)]
