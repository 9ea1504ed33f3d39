import { choice, file } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { openTextEncoders, textEncoderFamilies } from '../../opening/separate-parts.ts'
import { loadTextEncoders, textEncoderAt } from '../../opening/checkpoint-values.ts'
import { traitsOfTextEncoders } from '../../opening/model-traits.ts'
import { pathsOf } from '../../host/services.ts'
import { TextEncoder } from '../../values/socket-types.ts'
import { precisionFingerprint, precisionHere, precisionInput } from './precision-input.ts'

const accept = ['.safetensors', '.gguf', '.pt', '.bin', 'folder']

/** Text encoders by themselves: all that one model reads its prompt with. */
export const loadTextEncoder = defineNode({
  type: 'LoadTextEncoder',
  version: 1,
  category: 'loaders',
  description:
    'Opens the text encoders of a model, in any order: CLIP, T5 and Qwen files, folders, or those inside a checkpoint. SDXL has two CLIPs, Flux.1 a CLIP and T5, SD 3 all three, Z-Image and Flux.2 a Qwen.',
  aliases: ['CLIPLoader', 'DualCLIPLoader', 'TripleCLIPLoader', 'clip', 't5', 'qwen'],
  inputs: {
    textEncoder: file({ folder: 'text_encoders', accept }),
    second: file({
      folder: 'text_encoders',
      accept,
      optional: true,
      description: 'For SDXL, Flux.1 and SD 3, which have two or more.',
    }),
    third: file({ folder: 'text_encoders', accept, optional: true, advanced: true, description: 'For SD 3 with T5.' }),
    family: choice(textEncoderFamilies, 'auto', {
      advanced: true,
      description:
        'Reads the prompt as this family does; auto goes by the files. One Qwen serves two families: auto is Z-Image.',
    }),
    precision: precisionInput,
  },
  outputs: { textEncoder: TextEncoder },
  lane: 'io',
  fingerprint: precisionFingerprint,
  async traits({ values: { textEncoder = '', second = '', third = '', family: wanted = 'auto' } }, services) {
    const paths = await pathsOf(services, 'text_encoders', textEncoder, second, third)
    const { family, encoders } = openTextEncoders(paths, wanted)
    return { textEncoder: traitsOfTextEncoders(family, encoders) }
  },
  async run({ textEncoder, second, third, family, precision }, { services, warn }) {
    const loaded = loadTextEncoders(await pathsOf(services, 'text_encoders', textEncoder, second, third), family)
    return { textEncoder: textEncoderAt(loaded, await precisionHere({ precision }, services, warn)) }
  },
})
