import type { ExecuteOptions, Run } from './run-options.ts'
import { Execution } from './execution.ts'
import { createLanes, type Lanes } from './lanes.ts'
import { createMemo } from '../memo/memo.ts'
import { createMemoryMemoStore } from '../memo/memory.ts'
import type { Plan } from '../planning/plan.ts'
import { createResourcePool } from '../definition/resource-pool.ts'

/** Runs a plan. It has begun when this returns. */
export function execute(plan: Plan, options: ExecuteOptions = {}): Run {
  const { memo = createMemo(createMemoryMemoStore()), resources = createResourcePool(), lanes } = options
  const execution = new Execution(plan, options, {
    memo,
    resources,
    lanes: isLanes(lanes) ? lanes : createLanes(lanes),
  })
  execution.start()
  return {
    result: execution.end.result,
    [Symbol.asyncIterator]: () => execution.report.events[Symbol.asyncIterator](),
  }
}

function isLanes(lanes: ExecuteOptions['lanes']): lanes is Lanes {
  return lanes !== undefined && 'take' in lanes
}
