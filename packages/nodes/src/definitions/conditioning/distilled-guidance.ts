import { float, link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { withEach } from '../../values/conditioning.ts'
import { Conditioning } from '../../values/socket-types.ts'

/** What a model that was distilled from guided ones is told of guidance. */
export const distilledGuidance = defineNode({
  type: 'DistilledGuidance',
  version: 1,
  category: 'conditioning',
  label: 'Distilled guidance',
  description:
    'Tells Flux.1 dev and Flux.2 dev how closely to follow the prompt: 3.5 (Flux.1) and 4 (Flux.2) without this node. Leave the guidance scale of Sample at 1. Other models take no notice.',
  aliases: ['FluxGuidance', 'guidance', 'flux'],
  inputs: { conditioning: link(Conditioning), guidance: float({ default: 3.5, min: 0, max: 100, step: 0.1 }) },
  outputs: { conditioning: Conditioning },
  traits: ({ links: { conditioning: given = {} } }) => ({ conditioning: given }),
  run: ({ conditioning, guidance }) => ({ conditioning: withEach(conditioning, { distilledGuidance: guidance }) }),
})
