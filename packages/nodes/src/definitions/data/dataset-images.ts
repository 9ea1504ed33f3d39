import { int, link, listOf, Text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { Dataset, Image } from '../../values/socket-types.ts'
import { imagesOf } from '../../dataset/dataset.ts'

/** Pictures of a data set as ordinary ones. */
export const datasetImages = defineNode({
  type: 'DatasetImages',
  version: 1,
  category: 'data',
  description: 'Pictures of a data set on white, and their plainest captions: to look at, to score, to compare with.',
  aliases: ['unpack', 'real pictures'],
  inputs: {
    dataset: link(Dataset),
    first: int({ default: 0, min: 0 }),
    count: int({ default: 64, min: 1, max: 100_000 }),
  },
  outputs: { image: Image, captions: listOf(Text) },
  run({ dataset, first, count }) {
    const captions = dataset.pictures.slice(first, first + count).map(({ captions: [caption = ''] }) => caption)
    return { image: imagesOf(dataset, first, count), captions }
  },
})
