import { Float, link, listOf } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { ssim as measure } from '../../metrics/index.ts'
import { Image } from '../../values/socket-types.ts'
import { planesOfPairs } from './picture-pairs.ts'
import { meanOf, roundedScores } from './score-values.ts'

/** How alike pictures are in structure (Wang et al. 2004). */
export const ssimNode = defineNode({
  type: 'SSIM',
  version: 1,
  label: 'SSIM',
  category: 'scores',
  description:
    'How alike pictures are to their originals in brightness, contrast and structure: 1 for equal pictures. They must have one size, 11 × 11 pixels at least.',
  aliases: ['structural similarity', 'quality'],
  inputs: { image: link(Image), original: link(Image) },
  outputs: { score: Float, scores: listOf(Float) },
  run({ image, original }, { show }) {
    const scores = planesOfPairs('SSIM', image, original).map(([a, b]) => measure(a, b, 1))
    show({ metric: 'ssim', scores: roundedScores(scores) })
    return { score: meanOf(scores), scores }
  },
})
