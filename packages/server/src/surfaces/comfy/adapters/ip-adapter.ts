import type { ComfyInput } from '../classes/comfy-class.ts'
import { adapter, chosenFrom, decimal, fileFrom, onlyWith, socket } from './declare.ts'

const module = 'custom_nodes.ComfyUI_IPAdapter_plus'

/** ComfyUI's name of each use; its other weight types set strengths layer by layer, and are refused by name. */
const weightTypes = {
  linear: 'all',
  standard: 'all',
  'style transfer': 'style',
  'style and composition': 'style and layout',
}
const strengthInputs: readonly ComfyInput[] = [decimal('start_at', 0, 0, 1, 0.001), decimal('end_at', 1, 0, 1, 0.001)]
const embedsScaling = chosenFrom('embeds_scaling', ['V only', 'K+V', 'K+V w/ C penalty', 'K+mean(V) w/ C penalty'])

/** Pictures that prompt a model: classes of the pack ComfyUI_IPAdapter_plus, as workflows send them. */
export const ipAdapterAdapters = [
  adapter({
    ...{ name: 'IPAdapterModelLoader', displayName: 'IPAdapter Model Loader', category: 'ipadapter/loaders', module },
    inputs: [fileFrom('ipadapter_file', 'ipadapter')],
    outputs: [['IPADAPTER', 'ipAdapter']],
    is: ['LoadIPAdapter', { ipAdapter: 'ipadapter_file' }],
  }),
  adapter({
    ...{ name: 'IPAdapterAdvanced', displayName: 'IPAdapter Advanced', category: 'ipadapter', module },
    inputs: [
      socket('model', 'MODEL'),
      socket('ipadapter', 'IPADAPTER'),
      socket('image', 'IMAGE'),
      decimal('weight', 1, -1, 5, 0.05),
      chosenFrom('weight_type', ['linear', 'style transfer', 'style and composition']),
      chosenFrom('combine_embeds', ['concat', 'average']),
      ...strengthInputs,
      onlyWith(embedsScaling, 'V only'),
      socket('attn_mask', 'MASK', true),
      socket('clip_vision', 'CLIP_VISION', true),
    ],
    outputs: [['MODEL', 'model']],
    is: [
      'ApplyIPAdapter',
      {
        ...{ model: 'model', ipAdapter: 'ipadapter', image: 'image', clipVision: 'clip_vision', mask: 'attn_mask' },
        ...{ strength: 'weight', start: 'start_at', end: 'end_at' },
        use: ['weight_type', weightTypes],
        several: ['combine_embeds', { concat: 'together', average: 'mean' }],
      },
    ],
  }),
  adapter({
    ...{ name: 'StyleAlignedBatchAlign', displayName: 'StyleAligned Batch Align', category: 'style_aligned' },
    module: 'custom_nodes.style_aligned_comfy',
    inputs: [
      socket('model', 'MODEL'),
      onlyWith(chosenFrom('share_norm', ['both', 'group', 'layer', 'disabled']), 'both'),
      onlyWith(chosenFrom('share_attn', ['q+k', 'q+k+v', 'disabled']), 'q+k'),
      decimal('scale', 1, 0, 1, 0.1),
    ],
    outputs: [['MODEL', 'model']],
    is: ['AlignStyle', { model: 'model', strength: 'scale' }],
  }),
]
