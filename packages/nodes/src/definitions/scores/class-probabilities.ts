import { float, link, listLink, text } from '@patchbay/engine'
import { float32 } from '@patchbay/onnx/tensor'
import { defineNode } from '../../host/define-node.ts'
import { picturesOf } from '../../image/image.ts'
import { cosineSimilarity } from '../../metrics/index.ts'
import { encodePictures } from '../../networks/image-encoder.ts'
import { embedTexts } from '../../scoring/score-towers.ts'
import { Features, Image, ScoreTowers } from '../../values/socket-types.ts'
import { rowOf } from './score-values.ts'

/** Which of several texts each picture shows, by score towers (Radford et al. 2021, section 3.1). */
export const classProbabilities = defineNode({
  type: 'ClassProbabilities',
  version: 1,
  category: 'scores',
  description:
    'How likely each picture shows each of several texts, one a line. InceptionScore takes it, with the towers in place of a classifier.',
  aliases: ['zero-shot', 'classify', 'labels'],
  inputs: {
    towers: link(ScoreTowers),
    images: listLink(Image),
    classes: text({ default: 'a dog\na cat', multiline: true, description: 'One a line.' }),
    sharpness: float({
      default: 100,
      min: 1,
      max: 1000,
      description: 'What cosines are multiplied by before the softmax.',
    }),
  },
  outputs: { probabilities: Features },
  lane: 'gpu',
  async run({ towers, images, classes, sharpness }, { services, signal, show }) {
    const names = classes
      .split('\n')
      .map((name) => name.trim())
      .filter((name) => name !== '')
    if (names.length < 2) throw new RangeError('Classes are told apart, so there must be two at least, one a line.')
    const words = await embedTexts(services, towers, names)
    const pictures = await encodePictures(services.sessions, towers.image, 'embedding', picturesOf(images), { signal })
    const data = new Float32Array(pictures.count * names.length)
    const nearest: string[] = []
    for (let k = 0; k < pictures.count; k++) {
      const logits = names.map((_, c) => sharpness * cosineSimilarity(rowOf(pictures, k), rowOf(words, c)))
      const most = Math.max(...logits)
      const weights = logits.map((logit) => Math.exp(logit - most))
      const sum = weights.reduce((total, weight) => total + weight, 0)
      data.set(
        weights.map((weight) => weight / sum),
        k * names.length,
      )
      nearest.push(names[logits.indexOf(most)] ?? '')
    }
    show({ model: towers.name, nearest })
    const tensor = float32([pictures.count, names.length], data)
    return { probabilities: { model: `${towers.name}, ${names.length} texts`, kind: 'probabilities' as const, tensor } }
  },
})
