import { statSync } from 'node:fs'
import { file } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { parseTalkingHead } from '../../networks/talking-head/talking-head.ts'
import { openWeightFile } from '../../weights/weight-file.ts'
import { TalkingHead } from '../../values/socket-types.ts'

/** A network that makes a face speak, from its own file. */
export const loadTalkingHead = defineNode({
  type: 'LoadTalkingHead',
  version: 1,
  category: 'loaders',
  description:
    'Opens a network that makes a face say what is heard, from models/talking_heads: Wav2Lip as published (wav2lip.pth, wav2lip_gan.pth), or one trained here.',
  aliases: ['wav2lip', 'lip sync', 'speaking portrait'],
  inputs: {
    talkingHead: file({
      folder: 'talking_heads',
      accept: ['.safetensors', '.pth', '.pt'],
    }),
  },
  outputs: { talkingHead: TalkingHead },
  lane: 'io',
  async traits({ values: { talkingHead = '' } }, services) {
    const { config } = parseTalkingHead(openWeightFile(await services.pathOf('talking_heads', talkingHead)), '')
    return { talkingHead: { size: config.size } }
  },
  async run({ talkingHead }, { services }) {
    const path = await services.pathOf('talking_heads', talkingHead)
    const { size, mtimeMs } = statSync(path)
    return { talkingHead: parseTalkingHead(openWeightFile(path), `${path}|${size}|${mtimeMs}`) }
  },
})
