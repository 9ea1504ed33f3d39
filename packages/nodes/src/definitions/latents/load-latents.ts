import { readFile } from 'node:fs/promises'
import { file } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { parseLatentsFile } from '../../values/saved-latents.ts'
import { Latents } from '../../values/socket-types.ts'

/** Latents from a file that SaveLatents wrote. */
export const loadLatents = defineNode({
  type: 'LoadLatents',
  version: 1,
  category: 'latents',
  description:
    "Opens latents that SaveLatents kept. ComfyUI's .latent files are read too, at the scale of Stable Diffusion 1 and 2.",
  aliases: ['LoadLatent', 'import'],
  inputs: { file: file({ folder: 'input', accept: ['.safetensors', '.latent'] }) },
  outputs: { latents: Latents },
  lane: 'io',
  async run({ file }, { services }) {
    return { latents: parseLatentsFile(await readFile(await services.pathOf('input', file)), file) }
  },
})
