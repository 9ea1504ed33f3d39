import { file, float, link, listOf, Text, text, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { picturesOf } from '../../image/image.ts'
import { openTagger, tagPicture, tagText } from '../../networks/tagger.ts'
import { Image } from '../../values/socket-types.ts'

/** Says which tags of a list apply to pictures. */
export const tagImage = defineNode({
  type: 'TagImage',
  version: 1,
  category: 'captions',
  description:
    'Says which tags apply to each picture, likeliest first, by a WD tagger: its model.onnx with selected_tags.csv beside it, in a folder of its own.',
  aliases: ['WD14', 'tagger', 'deepdanbooru', 'booru', 'interrogate'],
  inputs: {
    image: link(Image),
    tagger: file({ folder: 'captioners', accept: ['.onnx'] }),
    threshold: float({
      default: 0.35,
      min: 0,
      max: 1,
      step: 0.01,
      slider: true,
      description: 'The least probability of a general tag.',
    }),
    characterThreshold: float({
      default: 0.85,
      min: 0,
      max: 1,
      step: 0.01,
      slider: true,
      description: 'The least probability of the name of a character.',
    }),
    exclude: text({ default: '', description: 'Tags that are left out, with commas between.' }),
    ratings: toggle({ default: false, advanced: true, description: 'Whether the likeliest rating is among the tags.' }),
  },
  outputs: { tags: Text, allTags: listOf(Text) },
  lane: 'gpu',
  async run({ image, tagger, threshold, characterThreshold, exclude, ratings }, { services, signal, progress, show }) {
    const model = openTagger(await services.pathOf('captioners', tagger))
    const excluded = new Set(exclude.split(',').map(tagText).filter(Boolean))
    const pictures = [...picturesOf([image])]
    const allTags: string[] = []
    for (const [k, picture] of pictures.entries()) {
      signal.throwIfAborted()
      const found = await tagPicture(services.sessions, model, picture, { threshold, characterThreshold, ratings })
      allTags.push(
        found
          .map(({ name }) => name)
          .filter((name) => !excluded.has(name))
          .join(', '),
      )
      progress(k + 1, pictures.length)
    }
    show({ text: allTags.length === 1 ? (allTags[0] ?? '') : allTags })
    return { tags: allTags[0] ?? '', allTags }
  },
})
