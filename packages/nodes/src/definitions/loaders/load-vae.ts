import { choice, file } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { openAutoencoder, vaeFamilies } from '../../opening/separate-parts.ts'
import { loadAutoencoder, vaeAt } from '../../opening/checkpoint-values.ts'
import { traitsOfAutoencoder } from '../../opening/model-traits.ts'
import { Vae } from '../../values/socket-types.ts'
import { precisionFingerprint, precisionHere, precisionInput, wantedPrecision } from './precision-input.ts'

/** A VAE by itself, or the one of a checkpoint. */
export const loadVae = defineNode({
  type: 'LoadVAE',
  version: 1,
  category: 'loaders',
  label: 'Load VAE',
  description:
    'Opens a VAE file, to use in place of the one that a checkpoint brings; a tiny one (TAESD, with encoder and decoder beside each other) too, from models/vae or models/vae_approx.',
  aliases: ['VAELoader', 'autoencoder', 'taesd'],
  inputs: {
    vae: file({ folder: 'vae', accept: ['.safetensors', '.ckpt', '.pt', '.pth', 'folder'] }),
    family: choice(vaeFamilies, 'auto', {
      advanced: true,
      description: 'Scales the latents as this family does; auto reads it from the file, its config or its name.',
    }),
    precision: precisionInput,
  },
  outputs: { vae: Vae },
  lane: 'io',
  fingerprint: precisionFingerprint,
  async traits({ values }, services) {
    const { vae = '', family = 'auto' } = values
    const part = openAutoencoder(await services.pathOf('vae', vae), family)
    return { vae: traitsOfAutoencoder({ ...part, precision: wantedPrecision(values, services) }) }
  },
  async run({ vae, family, precision }, { services, warn }) {
    const loaded = loadAutoencoder(await services.pathOf('vae', vae), family)
    return { vae: vaeAt(loaded, await precisionHere({ precision }, services, warn)) }
  },
})
