import { float, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { findMergeMismatch } from '../../sampling/checks.ts'
import { summedModel } from '../../merging/merge-models.ts'
import { Model } from '../../values/socket-types.ts'

/** The weights of two models added, each times a number: what a model learnt is itself less another. */
export const addModels = defineNode({
  type: 'AddModels',
  version: 1,
  category: 'model/merge',
  description:
    'Adds the weights of two models, each times a number. A model less the one it came from is what it learnt, which can be added to a third.',
  aliases: ['ModelMergeAdd', 'ModelMergeSubtract', 'difference'],
  inputs: {
    first: link(Model),
    second: link(Model),
    ofFirst: float({ default: 1, min: -10, max: 10, step: 0.01 }),
    ofSecond: float({ default: 1, min: -10, max: 10, step: 0.01 }),
  },
  outputs: { model: Model },
  traits: ({ links: { first = {} } }) => ({ model: first }),
  validate: ({ links: { first, second } }) => findMergeMismatch('second', first, second),
  run: ({ first, second, ofFirst, ofSecond }) => ({ model: summedModel(first, second, [ofFirst, ofSecond]) }),
})
