import { link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { latentDirection } from '../../values/latent-mean.ts'
import { Latents } from '../../values/socket-types.ts'

/** The difference of two means of latents. */
export const latentDirectionNode = defineNode({
  type: 'LatentDirection',
  version: 1,
  category: 'latents',
  label: 'Latent direction',
  description:
    'What sets pictures with something apart from pictures without it: the mean of the first latents minus the mean of the second. AddLatents adds it to others, a negative factor takes it away. It means something where a latent stands for the whole picture (patchbay-faces); in the latents of Stable Diffusion, which are a small picture, it blends places.',
  aliases: ['latent arithmetic', 'attribute vector', 'concept slider'],
  inputs: {
    with: link(Latents, { description: 'Latents of pictures that have it, as many as there are.' }),
    without: link(Latents, { description: 'Latents of pictures that lack it, of the same size.' }),
  },
  outputs: { latents: Latents },
  traits: ({ links: { with: first = {} } }) => ({ latents: first }),
  run: (inputs) => ({ latents: latentDirection(inputs.with, inputs.without) }),
})
