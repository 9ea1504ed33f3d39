import { int, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { withSizes } from '../../values/conditioning-operations.ts'
import { Conditioning } from '../../values/socket-types.ts'

/** What SDXL is told of sizes: of the original picture, of where it was cropped, and of the one that is wanted. */
export const conditioningSizes = defineNode({
  type: 'ConditioningSizes',
  version: 1,
  category: 'conditioning',
  description:
    'What SDXL is told of sizes: of the original picture, of where it was cropped, and of the one that is wanted.',
  aliases: ['CLIPTextEncodeSDXL'],
  inputs: {
    conditioning: link(Conditioning),
    width: int({ default: 1024, min: 0, max: 16384, unit: 'px' }),
    height: int({ default: 1024, min: 0, max: 16384, unit: 'px' }),
    cropLeft: int({ default: 0, min: 0, max: 16384, unit: 'px' }),
    cropTop: int({ default: 0, min: 0, max: 16384, unit: 'px' }),
    targetWidth: int({ default: 1024, min: 0, max: 16384, unit: 'px' }),
    targetHeight: int({ default: 1024, min: 0, max: 16384, unit: 'px' }),
  },
  outputs: { conditioning: Conditioning },
  traits: ({ links: { conditioning: given = {} } }) => ({ conditioning: given }),
  run: ({ conditioning, ...sizes }) => ({ conditioning: withSizes(conditioning, sizes) }),
})
