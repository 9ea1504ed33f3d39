import { defineNode } from '../definition/define-node.ts'
import { int, link, listLink, subWorkflow } from '../definition/input.ts'
import { AnyType, listOf, Toggle } from '../definition/socket-type.ts'

/** Runs a sub-workflow so many times: its output `state` feeds its input `state` of the next turn. */
export const repeat = defineNode({
  type: 'Repeat',
  version: 1,
  category: 'loops',
  inputs: { state: link(AnyType), body: subWorkflow(), times: int({ default: 3, min: 0, max: 1_000_000 }) },
  outputs: { state: AnyType },
  run({ body, times }, { graph, expand }) {
    let state = graph.input('state')
    for (let turn = 0; turn < times; turn++) state = graph.useByName(body, { state }).output('state')
    return expand({ state })
  },
})

/** Runs a sub-workflow until its output `again` is false, at most `limit` times. */
export const repeatWhile = defineNode({
  type: 'RepeatWhile',
  version: 1,
  category: 'loops',
  inputs: { state: link(AnyType), body: subWorkflow(), limit: int({ default: 1000, min: 1, max: 1_000_000 }) },
  outputs: { state: AnyType },
  async run({ body, limit }, { graph, expand, signal }) {
    let state = graph.input('state')
    for (let turn = 0; turn < limit; turn++) {
      signal.throwIfAborted()
      const step = graph.useByName(body, { state })
      state = step.output('state')
      if (!(await graph.evaluate(step.output('again'), Toggle))) break
    }
    return expand({ state })
  },
})

/** Runs a sub-workflow for each element of a list, fed to its input `element`; gives its outputs `result` as a list. */
export const forEach = defineNode({
  type: 'ForEach',
  version: 1,
  category: 'loops',
  inputs: { elements: listLink(AnyType), body: subWorkflow() },
  outputs: { results: listOf(AnyType) },
  run({ elements, body }, { graph, expand }) {
    const results = elements.map((_, index) => graph.useByName(body, { element: graph.element('elements', index) }))
    return expand({ results: graph.list(results.map((one) => one.output('result'))) })
  },
})
