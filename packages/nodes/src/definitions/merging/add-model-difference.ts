import { float, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { findMergeMismatch } from '../../sampling/checks.ts'
import { modelWithDifference } from '../../merging/merge-models.ts'
import { Model } from '../../values/socket-types.ts'

/** What one model learnt over another, added to a third. */
export const addModelDifference = defineNode({
  type: 'AddModelDifference',
  version: 1,
  category: 'model/merge',
  description: 'Adds to a model what another learnt over the one it came from: model + amount × (trained − origin).',
  aliases: ['ModelMergeAdd', 'ModelMergeSubtract', 'add difference'],
  inputs: {
    model: link(Model),
    trained: link(Model),
    origin: link(Model),
    amount: float({ default: 1, min: -4, max: 4, step: 0.01 }),
  },
  outputs: { model: Model },
  traits: ({ links: { model = {} } }) => ({ model }),
  validate: ({ links: { model, trained, origin } }) => [
    ...findMergeMismatch('trained', model, trained),
    ...findMergeMismatch('origin', model, origin),
  ],
  run: ({ model, trained, origin, amount }) => ({ model: modelWithDifference(model, trained, origin, amount) }),
})
