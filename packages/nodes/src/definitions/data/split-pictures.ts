import { float, link, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { Dataset } from '../../values/socket-types.ts'
import { partOf } from '../../dataset/dataset.ts'
import { splitOf } from '../../dataset/split.ts'

/** What is trained on, and what is kept from it. */
export const splitPictures = defineNode({
  type: 'SplitPictures',
  version: 1,
  category: 'data',
  description:
    'Keeps a share of the things, in every style, and one style apart from what is trained on. The same things are kept apart each time.',
  aliases: ['train test split', 'held out', 'validation'],
  inputs: {
    dataset: link(Dataset),
    heldOutShare: float({ default: 0.05, min: 0, max: 1, step: 0.01, slider: true }),
    heldOutStyle: text({ default: 'twemoji', description: 'The style to keep apart; nothing for none.' }),
  },
  outputs: { training: Dataset, heldOut: Dataset, heldOutStyle: Dataset },
  run({ dataset, heldOutShare, heldOutStyle }, { block, show }) {
    const rule = { heldOutShare, heldOutStyle }
    const counts: Record<string, number> = {}
    const part = (wanted: ReturnType<typeof splitOf>) => {
      const isIn = ({ concept, style, captions: [caption = ''] }: (typeof dataset.pictures)[number]) =>
        splitOf(concept ?? caption, style || undefined, rule) === wanted
      counts[wanted] = dataset.pictures.filter(isIn).length
      return counts[wanted] === 0 ? block() : partOf(dataset, `is ${wanted}`, isIn)
    }
    const parts = { training: part('train'), heldOut: part('held-out-concept'), heldOutStyle: part('held-out-style') }
    show({ pictures: counts })
    return parts
  },
})
