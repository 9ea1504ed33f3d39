import { float, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { findMergeMismatch } from '../../sampling/checks.ts'
import { mergedModel } from '../../merging/merge-models.ts'
import { Model } from '../../values/socket-types.ts'

const share = (label: string) => float({ default: 0.5, min: 0, max: 1, step: 0.01, slider: true, label })

/** A model between two others of one family, by halves of the network. */
export const mergeModels = defineNode({
  type: 'MergeModels',
  version: 1,
  category: 'model/merge',
  description:
    'A model between two of one family: 0 is the first, 1 the second, for each part of the network by itself. LoRAs of both count by the same shares.',
  aliases: ['ModelMergeSimple', 'ModelMergeBlocks', 'blend', 'mix', 'checkpoint merge'],
  inputs: {
    first: link(Model),
    second: link(Model),
    input: share('Input blocks'),
    middle: share('Middle block'),
    output: share('Output blocks'),
  },
  outputs: { model: Model },
  traits: ({ links: { first = {} } }) => ({ model: first }),
  validate: ({ links: { first, second } }) => findMergeMismatch('second', first, second),
  run: ({ first, second, ...shares }) => ({ model: mergedModel(first, second, shares) }),
})
