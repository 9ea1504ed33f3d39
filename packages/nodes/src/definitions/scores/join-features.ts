import { listLink } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { joinedFeatures } from '../../scoring/picture-features.ts'
import { Features } from '../../values/socket-types.ts'

/** Several sets of features as one. */
export const joinFeatures = defineNode({
  type: 'JoinFeatures',
  version: 1,
  category: 'scores',
  description: 'Several sets of features as one: of runs that were mapped over a list, or of several folders.',
  aliases: ['concatenate', 'merge'],
  inputs: { features: listLink(Features) },
  outputs: { features: Features },
  run: ({ features }) => ({ features: joinedFeatures(features) }),
})
