import { link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { imageOfMask } from '../../image/mask.ts'
import { previewPictures } from '../../image/preview.ts'
import { Mask } from '../../values/socket-types.ts'

/** Shows a mask on the node. */
export const previewMask = defineNode({
  type: 'PreviewMask',
  version: 1,
  category: 'mask',
  description: 'Shows a mask on the node.',
  aliases: ['MaskPreview', 'show'],
  inputs: { mask: link(Mask) },
  outputs: {},
  sideEffect: true,
  async run({ mask }, { preview }) {
    await previewPictures(imageOfMask(mask), preview, 0)
    return {}
  },
})
