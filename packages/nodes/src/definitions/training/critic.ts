import { choice, float, int, optionalLink } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { adversarialLossNames, criticKinds } from '../../values/critic.ts'
import { Critic, ScoreTowers } from '../../values/socket-types.ts'

/** A critic for the trainings that take one. */
export const criticNode = defineNode({
  type: 'Critic',
  version: 1,
  category: 'training',
  description:
    'A network that is trained beside another to tell its pictures from real ones, and tells it what gives them away (a GAN). Linked to TrainAutoencoder it sharpens what comes back; a weight of 0 is no critic at all.',
  aliases: ['GAN', 'adversarial', 'discriminator loss', 'PatchGAN', 'projected GAN'],
  inputs: {
    kind: choice(criticKinds, 'patch', {
      description:
        'patch learns its own eyes and judges patches. projected judges what the score towers see, at several scales: it learns faster. text does so beside the caption, and hears whether a picture shows what it says.',
    }),
    loss: choice(adversarialLossNames, 'non-saturating', {
      description:
        'non-saturating is the usual one; hinge stops where verdicts are sure; relativistic holds each picture against a real one, and is the steadiest with a gradient penalty.',
    }),
    weight: float({
      default: 0.1,
      min: 0,
      max: 1000,
      step: 0.01,
      description: 'Beside 1 for the own loss of what is trained.',
    }),
    from: int({ default: 0, min: 0, description: 'The step from which it is heard; it learns from the first.' }),
    gradientPenalty: float({
      default: 0,
      min: 0,
      step: 0.1,
      advanced: true,
      description: 'Holds its gradient on real pictures down (R1), so that it does not run ahead; 0 for none.',
    }),
    towers: optionalLink(ScoreTowers, { description: 'What it sees with: needed by projected and text.' }),
  },
  outputs: { critic: Critic },
  validate: ({ values: { kind }, links }) =>
    kind !== undefined && kind !== 'patch' && !('towers' in links)
      ? [
          {
            input: 'towers',
            message: `A critic of the kind "${kind}" sees with score towers: link LoadScoreTowers to it.`,
          },
        ]
      : [],
  run({ kind, towers, ...rest }, { warn }) {
    if (kind === 'patch' && towers) warn('A critic of patches learns its own eyes, so the score towers go unused.')
    return { critic: { kind, ...rest, ...(kind !== 'patch' && towers && { towers }) } }
  },
})
