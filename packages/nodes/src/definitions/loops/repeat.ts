import { AnyType, int, link, subWorkflow } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { checkBody } from './loop-body.ts'

/** Runs a sub-workflow so many times: its output `state` feeds its input `state` of the next turn. */
export const repeat = defineNode({
  type: 'Repeat',
  version: 1,
  category: 'loops',
  description:
    'Runs a sub-workflow so many times. Its output "state" is its input "state" of the next turn; an input "turn" counts them from 0.',
  aliases: ['for', 'loop', 'iterate', 'times'],
  inputs: {
    state: link(AnyType, { description: 'What the first turn begins with.' }),
    body: subWorkflow({ description: 'A sub-workflow with an input "state" and an output "state".' }),
    times: int({ default: 3, min: 0, max: 100_000 }),
  },
  outputs: { state: AnyType },
  run({ body, times }, { graph, expand }) {
    const { inputs } = checkBody(graph.socketsOf(body), body, { inputs: ['state'], outputs: ['state'] })
    let state = graph.input('state')
    for (let turn = 0; turn < times; turn++) {
      state = graph.useByName(body, { state, ...(inputs.includes('turn') ? { turn } : {}) }).output('state')
    }
    return expand({ state })
  },
})
