import { AnyType, int, link, subWorkflow, Toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { checkBody } from './loop-body.ts'

/** Runs a sub-workflow until its output `again` is false. */
export const repeatWhile = defineNode({
  type: 'RepeatWhile',
  version: 1,
  category: 'loops',
  description:
    'Runs a sub-workflow until its output "again" is false. Its output "state" is its input "state" of the next turn; an input "turn" counts them from 0.',
  aliases: ['while', 'until', 'loop', 'iterate'],
  inputs: {
    state: link(AnyType, { description: 'What the first turn begins with.' }),
    body: subWorkflow({ description: 'A sub-workflow with an input "state" and outputs "state" and "again".' }),
    limit: int({ default: 100, min: 1, max: 100_000, description: 'A loop that goes on after so many turns fails.' }),
  },
  outputs: { state: AnyType },
  async run({ body, limit }, { graph, expand, signal }) {
    const { inputs } = checkBody(graph.socketsOf(body), body, { inputs: ['state'], outputs: ['state', 'again'] })
    let state = graph.input('state')
    for (let turn = 0; turn < limit; turn++) {
      signal.throwIfAborted()
      const step = graph.useByName(body, { state, ...(inputs.includes('turn') ? { turn } : {}) })
      state = step.output('state')
      if (!(await graph.evaluate(step.output('again'), Toggle))) return expand({ state })
    }
    throw new Error(`"${body}" asks for another turn after ${limit} of them: raise the limit, or mend its "again".`)
  },
})
