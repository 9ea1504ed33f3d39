import { numberAt } from '@patchbay/onnx/tensor'
import { Float, Int, choice, int, listLink, listOf } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { picturesOf } from '../../image/image.ts'
import { Image } from '../../values/socket-types.ts'
import { batchImages } from '../../image/composite.ts'
import { roundedScores } from './score-values.ts'

/** The pictures with the best scores. */
export const bestOfN = defineNode({
  type: 'BestOfN',
  version: 1,
  label: 'Best of n',
  category: 'scores',
  description:
    'Keeps the pictures with the best scores, best first. Any score will do: one for each picture, in their order.',
  aliases: ['pick', 'rank', 'select', 'best of 4', 'filter'],
  inputs: {
    images: listLink(Image),
    scores: listLink(Float),
    best: choice(['highest', 'lowest'], 'highest', { description: 'Distances are best where they are lowest.' }),
    keep: int({ default: 1, min: 1, max: 1000 }),
  },
  outputs: { image: Image, score: Float, index: Int, ranking: listOf(Int) },
  run({ images, scores, best, keep }, { show }) {
    const pictures = [...picturesOf(images)]
    if (pictures.length !== scores.length) {
      throw new RangeError(
        `There are ${pictures.length} pictures and ${scores.length} scores: link the output with one score for each picture`,
      )
    }
    const sign = best === 'highest' ? 1 : -1
    // A score that is no number is the worst.
    const worth = scores.map((score) => (Number.isNaN(score) ? -Infinity : sign * score))
    const ranking = [...scores.keys()].sort((a, b) => numberAt(worth, b) - numberAt(worth, a) || a - b)
    const kept = ranking.slice(0, keep)
    const [index = 0] = ranking
    show({ ranking, scores: roundedScores(scores), kept })
    return {
      image: batchImages(kept.flatMap((place) => pictures[place] ?? [])),
      score: numberAt(scores, index),
      index,
      ranking,
    }
  },
})
