import { Float, int, link, seed } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { kernelDistance } from '../../metrics/index.ts'
import { comparable } from '../../scoring/picture-features.ts'
import { uniformSource } from '../../random/uniform-source.ts'
import { Features } from '../../values/socket-types.ts'

/** How far apart two sets of pictures are, without a bias of their number (Bińkowski et al. 2018). */
export const kernelInceptionDistance = defineNode({
  type: 'KID',
  version: 1,
  label: 'KID',
  category: 'scores',
  description:
    'How far generated pictures are from real ones, by a polynomial kernel of their features: about 0 for two sets of one kind, also a little below. Unlike FID it does not depend on how many pictures there are.',
  aliases: ['kernel inception distance', 'mmd'],
  inputs: {
    real: link(Features),
    generated: link(Features),
    subsets: int({ default: 100, min: 1, max: 1000, advanced: true }),
    subsetSize: int({
      default: 1000,
      min: 2,
      max: 10_000,
      advanced: true,
      description: 'Pictures of each set in a subset; all of the smaller set where it has fewer.',
    }),
    seed: seed({ advanced: true, description: 'Decides which pictures fall into which subset.' }),
  },
  outputs: { distance: Float, deviation: Float },
  run({ real, generated, subsets, subsetSize, seed }, { show }) {
    const [a, b] = comparable('KID', real, generated)
    const { mean, standardDeviation } = kernelDistance(a, b, { subsets, subsetSize, random: uniformSource(seed) })
    show({
      metric: `kid:${real.model}`,
      distance: mean,
      deviation: standardDeviation,
      real: a.count,
      generated: b.count,
    })
    return { distance: mean, deviation: standardDeviation }
  },
})
