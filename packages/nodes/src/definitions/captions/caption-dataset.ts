import { link, text } from '@patchbay/engine'
import { imagesOf, withTrigger } from '../../dataset/dataset.ts'
import { defineNode } from '../../host/define-node.ts'
import { captionPicture } from '../../networks/captioner.ts'
import { seedOfItem } from '../../random/seed.ts'
import { Captioner, Dataset } from '../../values/socket-types.ts'
import { captionInputs, captionSettings, wholeCaption } from './caption-inputs.ts'

const shownCaptions = 12

/** A data set whose captions a network has written. */
export const captionDataset = defineNode({
  type: 'CaptionDataset',
  version: 1,
  category: 'captions',
  description:
    'Writes the captions of all pictures of a data set anew, so that a LoRA can be trained on pictures that had none.',
  aliases: ['caption', 'auto caption', 'training data', 'trigger word'],
  inputs: {
    dataset: link(Dataset),
    captioner: link(Captioner),
    ...captionInputs,
    trigger: text({
      default: '',
      description: 'A word that is put before every caption that lacks it: what the LoRA is called by later.',
    }),
  },
  outputs: { dataset: Dataset },
  lane: 'gpu',
  async run({ dataset, captioner, seed, trigger, ...asked }, { services, signal, progress, show }) {
    const { settings, before } = captionSettings(captioner, asked)
    const pictures: (typeof dataset.pictures)[number][] = []
    for (const [k, picture] of dataset.pictures.entries()) {
      const image = imagesOf(dataset, k, 1)
      const own = { ...settings, seed: seedOfItem(seed, k), signal }
      const caption = wholeCaption(before, await captionPicture(services.sessions, captioner, image, own))
      pictures.push({ ...picture, captions: [caption] })
      progress(k + 1, dataset.pictures.length, caption)
    }
    const captioned = withTrigger({ ...dataset, pictures }, trigger)
    show({ text: captioned.pictures.slice(0, shownCaptions).map(({ captions: [caption = ''] }) => caption) })
    return { dataset: captioned }
  },
})
