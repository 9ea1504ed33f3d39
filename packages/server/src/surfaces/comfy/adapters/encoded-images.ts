import { adapter, chosenFrom, socket, textInput } from './declare.ts'

/** The node pack of ComfyUI that these classes come from. */
const module = 'custom_nodes.comfyui-tooling-nodes'

/** Pictures that come with the prompt and go over the socket, as programs use that keep no files on the server. */
export const encodedImageAdapters = [
  adapter({
    name: 'ETN_LoadImageBase64',
    displayName: 'Load Image (Base64)',
    category: 'external_tooling',
    module,
    inputs: [textInput('image')],
    outputs: [
      ['IMAGE', 'image'],
      ['MASK', 'mask'],
    ],
    is: ['DecodeImage', { data: 'image' }],
  }),
  adapter({
    name: 'ETN_LoadMaskBase64',
    displayName: 'Load Mask (Base64)',
    category: 'external_tooling',
    module,
    inputs: [textInput('mask')],
    outputs: [['MASK', 'mask']],
    is: {
      main: ['ImageToMask', { image: { part: 'decode', output: 'image' }, channel: { value: 'red' } }],
      decode: ['DecodeImage', { data: 'mask' }],
    },
  }),
  adapter({
    name: 'ETN_SendImageWebSocket',
    sendsPictures: true,
    displayName: 'Send Image (WebSocket)',
    category: 'external_tooling',
    module,
    inputs: [socket('images', 'IMAGE'), { ...chosenFrom('format', ['PNG', 'JPEG']), optional: true }],
    outputs: [],
    outputNode: true,
    is: [
      'SaveImage',
      {
        image: 'images',
        format: ['format', { PNG: 'png', JPEG: 'jpeg' }],
        name: { value: 'ComfyUI_socket' },
        temporary: { value: true },
        rounding: { value: 'down' },
      },
    ],
  }),
]
