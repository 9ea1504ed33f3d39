import { Float, int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { inceptionScore as measure } from '../../metrics/index.ts'
import { rowsOf } from '../../scoring/picture-features.ts'
import { Features } from '../../values/socket-types.ts'

/** How sure a classifier is of each picture, and how various it finds them all (Salimans et al. 2016). */
export const inceptionScore = defineNode({
  type: 'InceptionScore',
  version: 1,
  category: 'scores',
  description:
    'From 1 to the number of classes: high where a classifier is sure of each picture and finds all classes among them. It needs no real pictures.',
  aliases: ['IS'],
  inputs: { probabilities: link(Features), splits: int({ default: 10, min: 1, max: 100 }) },
  outputs: { score: Float, deviation: Float },
  run({ probabilities, splits }, { show }) {
    if (probabilities.kind !== 'probabilities') {
      throw new RangeError(
        'InceptionScore takes class probabilities, but was given features: link InceptionClasses or ClassProbabilities',
      )
    }
    const rows = rowsOf(probabilities)
    const { mean, standardDeviation } = measure(rows, Math.min(splits, rows.count))
    show({
      metric: `inception-score:${probabilities.model}`,
      score: mean,
      deviation: standardDeviation,
      pictures: rows.count,
    })
    return { score: mean, deviation: standardDeviation }
  },
})
