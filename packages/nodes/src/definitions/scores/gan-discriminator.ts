import { Float, link, listOf, text as textInput } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { judgePictures } from '../../scoring/picture-judge.ts'
import { Discriminator, Image, Mask } from '../../values/socket-types.ts'
import { meanOf, roundedScores } from './score-values.ts'

/**
 * How real pictures look and how well they show a text, as a discriminator judges (Goodfellow et al. 2014; Reed et al.
 * 2016).
 */
export const ganDiscriminator = defineNode({
  type: 'GANDiscriminator',
  version: 1,
  label: 'GAN discriminator',
  category: 'scores',
  description:
    'How sure a discriminator is that pictures are real, and that they show what the text says: 0 to 1, for each picture and, as masks, for each patch of it.',
  aliases: ['realism', 'critic', 'real or fake', 'patch'],
  inputs: {
    discriminator: link(Discriminator),
    image: link(Image),
    text: textInput({ default: '', multiline: true }),
  },
  outputs: {
    realism: Float,
    match: Float,
    realismScores: listOf(Float),
    matchScores: listOf(Float),
    realismPatches: Mask,
    matchPatches: Mask,
  },
  lane: 'gpu',
  async run({ discriminator, image, text }, { services, signal, show }) {
    const verdict = await judgePictures(services, discriminator, image, text, signal)
    const { realism, match, realismPatches, matchPatches } = verdict
    show({
      metric: `gan-discriminator:${discriminator.name}`,
      realism: roundedScores(realism),
      match: roundedScores(match),
    })
    return {
      realism: meanOf(realism),
      match: meanOf(match),
      realismScores: realism,
      matchScores: match,
      realismPatches,
      matchPatches,
    }
  },
})
