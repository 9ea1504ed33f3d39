import { link, listOf, Text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { picturesOf } from '../../image/image.ts'
import { captionPicture } from '../../networks/captioner.ts'
import { seedOfItem } from '../../random/seed.ts'
import { Captioner, Image } from '../../values/socket-types.ts'
import { captionInputs, captionSettings, wholeCaption } from './caption-inputs.ts'

/** Writes what pictures show (Li et al. 2022). */
export const captionImage = defineNode({
  type: 'CaptionImage',
  version: 1,
  category: 'captions',
  description: 'Writes what each picture shows; the words appear while they are written.',
  aliases: ['image to text', 'describe', 'interrogate', 'BLIP', 'caption'],
  inputs: { captioner: link(Captioner), image: link(Image), ...captionInputs },
  outputs: { caption: Text, captions: listOf(Text) },
  lane: 'gpu',
  async run({ captioner, image, seed, ...asked }, { services, signal, progress, show }) {
    const { settings, before } = captionSettings(captioner, asked)
    const pictures = [...picturesOf([image])]
    const total = pictures.length * settings.maxTokens
    const captions: string[] = []
    for (const [k, picture] of pictures.entries()) {
      const onWords = (words: string, tokens: number): void =>
        progress(Math.min(total, k * settings.maxTokens + tokens), total, wholeCaption(before, words))
      const said = await captionPicture(services.sessions, captioner, picture, {
        ...settings,
        seed: seedOfItem(seed, k),
        onWords,
        signal,
      })
      captions.push(wholeCaption(before, said))
    }
    show({ text: captions.length === 1 ? (captions[0] ?? '') : captions })
    return { caption: captions[0] ?? '', captions }
  },
})
