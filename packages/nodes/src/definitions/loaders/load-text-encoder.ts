import { file } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { openTextEncoders } from '../../opening/separate-parts.ts'
import { loadTextEncoders, textEncoderAt } from '../../opening/checkpoint-values.ts'
import { traitsOfTextEncoders } from '../../opening/model-traits.ts'
import { pathsOf } from '../../host/services.ts'
import { TextEncoder } from '../../values/socket-types.ts'
import { precisionFingerprint, precisionHere, precisionInput } from './precision-input.ts'

const accept = ['.safetensors', '.pt', '.bin', 'folder']

/** Text encoders by themselves: one, or the two of SDXL. */
export const loadTextEncoder = defineNode({
  type: 'LoadTextEncoder',
  version: 1,
  category: 'loaders',
  description:
    'Opens a text encoder by itself, or the two of SDXL in any order: CLIP files of transformers or OpenCLIP, folders, or those inside a checkpoint.',
  aliases: ['CLIPLoader', 'DualCLIPLoader', 'clip'],
  inputs: {
    textEncoder: file({ folder: 'text_encoders', accept }),
    second: file({ folder: 'text_encoders', accept, description: 'For SDXL, which has two.' }),
    precision: precisionInput,
  },
  outputs: { textEncoder: TextEncoder },
  lane: 'io',
  fingerprint: precisionFingerprint,
  async traits({ values: { textEncoder = '', second = '' } }, services) {
    const { family, encoders } = openTextEncoders(await pathsOf(services, 'text_encoders', textEncoder, second))
    return { textEncoder: traitsOfTextEncoders(family, encoders) }
  },
  async run({ textEncoder, second, precision }, { services, warn }) {
    const loaded = loadTextEncoders(await pathsOf(services, 'text_encoders', textEncoder, second))
    return { textEncoder: textEncoderAt(loaded, await precisionHere({ precision }, services, warn)) }
  },
})
