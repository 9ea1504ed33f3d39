import { file } from '@patchbay/engine'
import { defineNode } from '../../define-node.ts'
import { loadAutoencoder } from '../../sampling/checkpoint-values.ts'
import { Vae } from '../../socket-types.ts'

/** A VAE by itself, or the one of a checkpoint. */
export const loadVae = defineNode({
  type: 'LoadVAE',
  version: 1,
  category: 'loaders',
  label: 'Load VAE',
  description: 'Opens a VAE file, to use in place of the one that a checkpoint brings.',
  aliases: ['VAELoader', 'autoencoder'],
  inputs: { vae: file({ folder: 'vae', accept: ['.safetensors', '.ckpt', '.pt'] }) },
  outputs: { vae: Vae },
  lane: 'io',
  run: async ({ vae }, { services }) => ({ vae: loadAutoencoder(await services.pathOf('vae', vae)) }),
})
