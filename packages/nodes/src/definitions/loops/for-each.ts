import { AnyType, listLink, listOf, subWorkflow } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { checkBody } from './loop-body.ts'

/** Runs a sub-workflow for each element of a list. */
export const forEach = defineNode({
  type: 'ForEach',
  version: 1,
  category: 'loops',
  description:
    'Runs a sub-workflow for each element of a list, as its input "element", and gives its outputs "result" as a list. An input "turn" counts them from 0.',
  aliases: ['for', 'loop', 'map', 'iterate', 'list'],
  inputs: {
    elements: listLink(AnyType),
    body: subWorkflow({ description: 'A sub-workflow with an input "element" and an output "result".' }),
  },
  outputs: { results: listOf(AnyType) },
  run({ elements, body }, { graph, expand }) {
    const { inputs } = checkBody(graph.socketsOf(body), body, { inputs: ['element'], outputs: ['result'] })
    const results = elements.map((_, turn) =>
      graph
        .useByName(body, {
          element: graph.element('elements', turn),
          ...(inputs.includes('turn') ? { turn } : {}),
        })
        .output('result'),
    )
    return expand({ results: graph.list(results) })
  },
})
