import { adapter, chosenFrom, decimal, fileFrom, integer, socket, textInput, toggleInput } from '../adapters/declare.ts'
import type { ComfyClass, ComfyInput } from '../classes/comfy-class.ts'

const [tooling, inpaint] = ['custom_nodes.comfyui-tooling-nodes', 'custom_nodes.comfyui-inpaint-nodes']
const preprocessors = 'custom_nodes.comfyui_controlnet_aux'
const adapterPack = 'custom_nodes.ComfyUI_IPAdapter_plus'

/** A class that clients have to see, and that needs what is not here: a prompt with it is refused with the reason. */
const needing = (
  name: string,
  { module, inputs, outputs, needs }: { module: string; inputs: ComfyInput[]; outputs: string[]; needs: string },
): ComfyClass => ({
  ...adapter({
    ...{ name, displayName: name, category: module.slice('custom_nodes.'.length), module, inputs },
    description: needs,
    outputs: outputs.map((type) => [type, null]),
    is: {},
  }),
  needs,
})
const noPipeline =
  'It takes the image tower out of IPAdapterUnifiedLoader, which chooses files by itself: use IPAdapterAdvanced with IPAdapterModelLoader and CLIPVisionLoader.'
const noFooocus =
  'It needs the inpainting patch of Fooocus, which is not applied here: use a checkpoint for inpainting.'
const noLama = 'It needs a network that fills pictures (LaMa, MAT), which is not run here.'
const noDepth = 'It needs the network Depth Anything, which is not run here: send a depth picture.'

/** A mask that is first grown, or shrunk, and then softened. */
const softened = (name: string, by: 'grow' | 'shrink'): ComfyClass =>
  adapter({
    ...{ name, displayName: name, category: 'inpaint', module: inpaint },
    inputs: [
      socket('mask', 'MASK'),
      integer(by, by === 'grow' ? 16 : 4, 0, 8096),
      integer('blur', by === 'grow' ? 7 : 5, 0, 8096),
      chosenFrom('blur_type', ['gaussian']),
    ],
    outputs: [['MASK', 'mask']],
    is: {
      main: ['BlurMask', { mask: { part: 'grown', output: 'mask' }, radius: 'blur' }],
      grown: ['GrowMask', { mask: 'mask', pixels: by === 'grow' ? 'grow' : { input: 'shrink', as: 'negative' } }],
    },
  })

/** The classes that Krita AI Diffusion asks for, of four node packs. */
export const kritaClasses: readonly ComfyClass[] = [
  adapter({
    ...{ name: 'ETN_LoadImageCache', displayName: 'Load Image (Cache)', category: 'external_tooling', module: tooling },
    inputs: [textInput('id')],
    outputs: [
      ['IMAGE', 'image'],
      ['MASK', 'mask'],
    ],
    is: ['LoadSentPicture', { id: 'id' }],
  }),
  adapter({
    ...{ name: 'ETN_SaveImageCache', displayName: 'Save Image (Cache)', category: 'external_tooling', module: tooling },
    inputs: [socket('images', 'IMAGE'), chosenFrom('format', ['PNG', 'JPEG', 'WEBP'])],
    outputs: [],
    outputNode: true,
    is: [
      'SaveImage',
      {
        image: 'images',
        format: ['format', { PNG: 'png', JPEG: 'jpeg', WEBP: 'webp' }],
        name: { value: 'ComfyUI_cache' },
        temporary: { value: true },
        rounding: { value: 'down' },
      },
    ],
  }),
  adapter({
    ...{ name: 'ETN_Translate', displayName: 'Translate Text', category: 'external_tooling', module: tooling },
    inputs: [textInput('text', '', { multiline: true })],
    outputs: [['STRING', 'text']],
    is: ['PlainPrompt', { text: 'text' }],
  }),
  adapter({
    ...{
      name: 'ETN_ApplyMaskToImage',
      displayName: 'Apply Mask to Image',
      category: 'external_tooling',
      module: tooling,
    },
    inputs: [socket('image', 'IMAGE'), socket('mask', 'MASK')],
    outputs: [['IMAGE', 'image']],
    is: ['JoinAlpha', { image: 'image', alpha: 'mask' }],
  }),
  adapter({
    ...{
      name: 'InpaintPreprocessor',
      displayName: 'Inpaint Preprocessor',
      category: 'preprocessors',
      module: preprocessors,
    },
    inputs: [
      socket('image', 'IMAGE'),
      socket('mask', 'MASK'),
      { ...toggleInput('black_pixel_for_xinsir_cn', false), optional: true },
    ],
    outputs: [['IMAGE', 'image']],
    is: ['MaskedHint', { image: 'image', mask: 'mask', black: 'black_pixel_for_xinsir_cn' }],
  }),
  softened('INPAINT_ExpandMask', 'grow'),
  softened('INPAINT_ShrinkMask', 'shrink'),
  adapter({
    ...{ name: 'INPAINT_StabilizeMask', displayName: 'Stabilize Mask', category: 'inpaint', module: inpaint },
    inputs: [socket('mask', 'MASK'), decimal('epsilon', 0.01, 0, 0.5, 0.001)],
    outputs: [['MASK', 'mask']],
    is: ['StabilizeMask', { mask: 'mask', epsilon: 'epsilon' }],
  }),
  adapter({
    ...{ name: 'INPAINT_ColorMatch', displayName: 'Color Match', category: 'inpaint', module: inpaint },
    inputs: [
      socket('target', 'IMAGE'),
      socket('reference', 'IMAGE'),
      socket('exclude_mask', 'MASK', true),
      { ...decimal('strength', 1, 0, 1, 0.01), optional: true },
    ],
    outputs: [['IMAGE', 'image']],
    is: ['MatchColor', { target: 'target', reference: 'reference', exclude: 'exclude_mask', strength: 'strength' }],
  }),
  needing('DepthAnythingV2Preprocessor', {
    module: preprocessors,
    inputs: [socket('image', 'IMAGE')],
    outputs: ['IMAGE'],
    needs: noDepth,
  }),
  needing('IPAdapter', {
    module: adapterPack,
    inputs: [socket('model', 'MODEL'), socket('ipadapter', 'IPADAPTER'), socket('image', 'IMAGE')],
    outputs: ['MODEL'],
    needs: noPipeline,
  }),
  needing('INPAINT_LoadFooocusInpaint', {
    module: inpaint,
    inputs: [fileFrom('head', 'inpaint'), fileFrom('patch', 'inpaint')],
    outputs: ['INPAINT_PATCH'],
    needs: noFooocus,
  }),
  needing('INPAINT_ApplyFooocusInpaint', {
    module: inpaint,
    inputs: [socket('model', 'MODEL'), socket('patch', 'INPAINT_PATCH'), socket('latent', 'LATENT')],
    outputs: ['MODEL'],
    needs: noFooocus,
  }),
  needing('INPAINT_LoadInpaintModel', {
    module: inpaint,
    inputs: [fileFrom('model_name', 'inpaint')],
    outputs: ['INPAINT_MODEL'],
    needs: noLama,
  }),
  needing('INPAINT_InpaintWithModel', {
    module: inpaint,
    inputs: [socket('inpaint_model', 'INPAINT_MODEL'), socket('image', 'IMAGE'), socket('mask', 'MASK')],
    outputs: ['IMAGE'],
    needs: noLama,
  }),
]
