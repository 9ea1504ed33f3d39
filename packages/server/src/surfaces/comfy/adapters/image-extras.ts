import { adapter, chosenFrom, integer, socket } from './declare.ts'

/** Pictures: what few workflows need. */
export const imageExtraAdapters = [
  adapter({
    name: 'ImageScaleToMaxDimension',
    displayName: 'Scale Image to Max Dimension',
    category: 'image/upscaling',
    inputs: [
      socket('image', 'IMAGE'),
      chosenFrom('upscale_method', ['area', 'lanczos', 'bilinear', 'nearest-exact', 'bicubic']),
      integer('largest_size', 512, 1, 16384),
    ],
    outputs: [['IMAGE', 'image']],
    is: [
      'ScaleToSide',
      {
        image: 'image',
        method: ['upscale_method', { 'nearest-exact': 'nearest' }],
        side: 'largest_size',
        formulas: { value: 'comfyui' },
      },
    ],
  }),
  adapter({
    name: 'Morphology',
    displayName: 'Apply Morphology',
    category: 'image/filters',
    inputs: [
      socket('image', 'IMAGE'),
      chosenFrom('operation', ['erode', 'dilate', 'open', 'close', 'gradient', 'bottom_hat', 'top_hat']),
      integer('kernel_size', 3, 3, 999),
    ],
    outputs: [['IMAGE', 'image']],
    is: [
      'ApplyMorphology',
      {
        image: 'image',
        operation: ['operation', { bottom_hat: 'bottom hat', top_hat: 'top hat' }],
        size: 'kernel_size',
      },
    ],
  }),
  adapter({
    name: 'ImageRGBToYUV',
    displayName: 'Image RGB to YUV',
    category: 'image/color',
    inputs: [socket('image', 'IMAGE')],
    outputs: [
      ['IMAGE', 'y', 'Y'],
      ['IMAGE', 'u', 'U'],
      ['IMAGE', 'v', 'V'],
    ],
    is: ['SplitYUV', { image: 'image' }],
  }),
  adapter({
    name: 'ImageYUVToRGB',
    displayName: 'Image YUV to RGB',
    category: 'image/color',
    inputs: [socket('Y', 'IMAGE'), socket('U', 'IMAGE'), socket('V', 'IMAGE')],
    outputs: [['IMAGE', 'image']],
    is: ['JoinYUV', { y: 'Y', u: 'U', v: 'V' }],
  }),
]
