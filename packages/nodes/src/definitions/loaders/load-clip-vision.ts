import { file } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { openImageTower } from '../../scoring/score-towers.ts'
import { ClipVision } from '../../values/socket-types.ts'

/** The image tower of CLIP by itself. */
export const loadClipVision = defineNode({
  type: 'LoadCLIPVision',
  version: 1,
  category: 'loaders',
  label: 'Load CLIP vision',
  description:
    "Opens CLIP's image tower, which says of a picture what it shows: a file of transformers, OpenAI or OpenCLIP, or a folder. CLIPVisionEncode uses it.",
  aliases: ['CLIPVisionLoader', 'image encoder'],
  inputs: {
    clipVision: file({ folder: 'clip_vision', accept: ['.safetensors', '.bin', '.pt', '.pth', 'folder'] }),
  },
  outputs: { clipVision: ClipVision },
  lane: 'io',
  run: async ({ clipVision }, { services }) => ({
    clipVision: openImageTower(await services.pathOf('clip_vision', clipVision)),
  }),
})
