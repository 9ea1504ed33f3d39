import { Float, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { frechetDistanceOf } from '../../metrics/index.ts'
import { comparable } from '../../scoring/picture-features.ts'
import { Features } from '../../values/socket-types.ts'
import { roundedScores } from './score-values.ts'

/** How far apart two sets of pictures are, as Gaussians (Heusel et al. 2017). */
export const frechetInceptionDistance = defineNode({
  type: 'FID',
  version: 1,
  label: 'FID',
  category: 'scores',
  description:
    'How far generated pictures are from real ones, as Gaussians of their features: 0 is none. It falls with the number of pictures, so compare sets of one size; below a few thousand, KID tells more.',
  aliases: ['frechet inception distance'],
  inputs: { real: link(Features), generated: link(Features) },
  outputs: { distance: Float },
  run({ real, generated }, { show }) {
    const [a, b] = comparable('FID', real, generated)
    const distance = frechetDistanceOf(a, b)
    show({
      metric: `fid:${real.model}`,
      distance: roundedScores([distance])[0] ?? null,
      real: a.count,
      generated: b.count,
    })
    return { distance }
  },
})
