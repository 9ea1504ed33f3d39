import { int, link, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { Dataset } from '../../values/socket-types.ts'
import { partOf } from '../../dataset/dataset.ts'

/** A few pictures of a data set. */
export const pickPictures = defineNode({
  type: 'PickPictures',
  version: 1,
  category: 'data',
  description: 'Keeps some pictures of a data set: those whose caption has a word in it, and of them so many.',
  aliases: ['filter', 'subset', 'limit'],
  inputs: {
    dataset: link(Dataset),
    containing: text({ description: 'A word or phrase of a caption; nothing for all.' }),
    first: int({ default: 0, min: 0, description: 'How many to leave out at the start.' }),
    count: int({ default: 16, min: 1 }),
  },
  outputs: { dataset: Dataset },
  run({ dataset, containing, first, count }) {
    const phrase = containing.trim().toLowerCase()
    const says = partOf(dataset, `has "${phrase}" in a caption`, ({ captions }) =>
      captions.some((caption) => caption.toLowerCase().includes(phrase)),
    )
    const chosen = new Set(says.pictures.slice(first, first + count))
    return { dataset: partOf(says, `comes after the first ${first}`, (picture) => chosen.has(picture)) }
  },
})
