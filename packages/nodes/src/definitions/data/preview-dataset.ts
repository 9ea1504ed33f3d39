import { int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { previewPictures } from '../../image/preview.ts'
import { sheetOf } from '../../image/sheet.ts'
import { Dataset } from '../../values/socket-types.ts'
import { imagesOf } from '../../dataset/dataset.ts'

/** Shows a data set as one sheet. */
export const previewDataset = defineNode({
  type: 'PreviewDataset',
  version: 1,
  category: 'data',
  description: 'Shows pictures of a data set as one sheet, with their captions.',
  aliases: ['contact sheet', 'show'],
  inputs: { dataset: link(Dataset), count: int({ default: 64, min: 1, max: 1024 }) },
  outputs: {},
  sideEffect: true,
  async run({ dataset, count }, { preview, show }) {
    await previewPictures(sheetOf(imagesOf(dataset, 0, count)), preview, 0)
    const captions = dataset.pictures.slice(0, count).map(({ captions: [caption = ''] }) => caption)
    show({ pictures: dataset.pictures.length, captions })
    return {}
  },
})
