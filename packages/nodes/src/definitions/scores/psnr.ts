import { Float, link, listOf } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { psnr as measure } from '../../metrics/index.ts'
import { Image } from '../../values/socket-types.ts'
import { planesOfPairs } from './picture-pairs.ts'
import { meanOf, roundedScores } from './score-values.ts'

/** How near pictures are to their originals, pixel by pixel. */
export const psnrNode = defineNode({
  type: 'PSNR',
  version: 1,
  label: 'PSNR',
  category: 'scores',
  description:
    'How near pictures are to their originals, pixel by pixel, in decibels: 30 is good, 40 hard to tell apart, infinite for equal pictures. The pictures must have one size.',
  aliases: ['peak signal-to-noise ratio', 'difference', 'quality'],
  inputs: { image: link(Image), original: link(Image) },
  outputs: { score: Float, scores: listOf(Float) },
  run({ image, original }, { show }) {
    const scores = planesOfPairs('PSNR', image, original).map(([a, b]) => measure(a, b, 1))
    show({ metric: 'psnr', scores: roundedScores(scores) })
    return { score: meanOf(scores), scores }
  },
})
