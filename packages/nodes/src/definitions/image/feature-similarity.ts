import { Float, link, listOf } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { cosineSimilarity } from '../../metrics/index.ts'
import { comparable } from '../../scoring/picture-features.ts'
import { Features } from '../../values/socket-types.ts'

/** How alike pictures are by what a network sees in them. */
export const featureSimilarity = defineNode({
  type: 'FeatureSimilarity',
  version: 1,
  category: 'image/analysis',
  description:
    'How alike pictures are by what a network sees in them: the cosine of their features, 1 for the same. Each picture is compared with the one at its place in the other set; a single one with all.',
  aliases: ['image similarity', 'cosine', 'compare'],
  inputs: { features: link(Features), reference: link(Features) },
  outputs: { similarity: Float, similarities: listOf(Float) },
  run({ features, reference }, { show }) {
    const [a, b] = comparable('FeatureSimilarity', features, reference)
    if (a.count !== b.count && b.count !== 1) {
      throw new RangeError(
        `FeatureSimilarity compares pictures one by one, but ${a.count} were given, and ${b.count} to compare them with: give as many, or one`,
      )
    }
    const row = ({ values, width }: typeof a, k: number) => values.subarray(k * width, (k + 1) * width)
    const similarities = Array.from({ length: a.count }, (_, k) =>
      cosineSimilarity(row(a, k), row(b, b.count === 1 ? 0 : k)),
    )
    const similarity = similarities.reduce((sum, one) => sum + one, 0) / similarities.length
    show({ similarity, model: features.model })
    return { similarity, similarities }
  },
})
