import { Float, int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { precisionRecall as measure } from '../../metrics/index.ts'
import { comparable } from '../../scoring/picture-features.ts'
import { Features } from '../../values/socket-types.ts'

/** Fidelity and variety of generated pictures, apart (Kynkäänniemi et al. 2019). */
export const precisionRecall = defineNode({
  type: 'PrecisionRecall',
  version: 1,
  label: 'Precision and recall',
  category: 'scores',
  description:
    'Precision: the share of generated pictures that lie among the real ones, which is fidelity. Recall: the share of real pictures that lie among the generated ones, which is variety.',
  aliases: ['fidelity', 'diversity', 'coverage'],
  inputs: {
    real: link(Features),
    generated: link(Features),
    neighbours: int({ default: 3, min: 1, max: 100, description: 'A picture reaches as far as this neighbour of it.' }),
  },
  outputs: { precision: Float, recall: Float },
  run({ real, generated, neighbours }, { show }) {
    const [a, b] = comparable('Precision and recall', real, generated)
    const { precision, recall } = measure(a, b, neighbours)
    show({ metric: `precision-recall:${real.model}`, precision, recall, real: a.count, generated: b.count })
    return { precision, recall }
  },
})
