import { adapter, chosenFrom, decimal, integer, socket } from './declare.ts'

/** Masks: 1 is where something happens, as in ours. */
export const maskAdapters = [
  adapter({
    name: 'InvertMask',
    displayName: 'Invert Mask',
    category: 'mask',
    inputs: [socket('mask', 'MASK')],
    outputs: [['MASK', 'mask']],
    is: ['InvertMask', { mask: 'mask' }],
  }),
  adapter({
    name: 'MaskToImage',
    displayName: 'Convert Mask to Image',
    category: 'mask',
    inputs: [socket('mask', 'MASK')],
    outputs: [['IMAGE', 'image']],
    is: ['MaskToImage', { mask: 'mask' }],
  }),
  adapter({
    name: 'ImageToMask',
    displayName: 'Convert Image to Mask',
    category: 'mask',
    inputs: [socket('image', 'IMAGE'), chosenFrom('channel', ['red', 'green', 'blue', 'alpha'])],
    outputs: [['MASK', 'mask']],
    is: ['ImageToMask', { image: 'image', channel: 'channel' }],
  }),
  adapter({
    name: 'SolidMask',
    displayName: 'Solid Mask',
    category: 'mask',
    inputs: [decimal('value', 1, 0, 1, 0.01), integer('width', 512, 1, 16_384), integer('height', 512, 1, 16_384)],
    outputs: [['MASK', 'mask']],
    is: ['SolidMask', { value: 'value', width: 'width', height: 'height' }],
  }),
  adapter({
    name: 'FeatherMask',
    displayName: 'Feather Mask',
    category: 'mask',
    inputs: [
      socket('mask', 'MASK'),
      integer('left', 0, 0, 16_384),
      integer('top', 0, 0, 16_384),
      integer('right', 0, 0, 16_384),
      integer('bottom', 0, 0, 16_384),
    ],
    outputs: [['MASK', 'mask']],
    is: [
      'FeatherMask',
      {
        mask: 'mask',
        left: 'left',
        top: 'top',
        right: 'right',
        bottom: 'bottom',
        formulas: { value: 'comfyui' },
      },
    ],
  }),
  adapter({
    name: 'ThresholdMask',
    displayName: 'Threshold Mask',
    category: 'mask',
    inputs: [socket('mask', 'MASK'), decimal('value', 0.5, 0, 1, 0.01)],
    outputs: [['MASK', 'mask']],
    is: ['ThresholdMask', { mask: 'mask', threshold: 'value' }],
  }),
]
