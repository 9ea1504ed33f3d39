import { Float, link, listOf, text as textInput } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { picturesOf } from '../../image/image.ts'
import { clipScore as scoreOf } from '../../metrics/index.ts'
import { encodePictures } from '../../networks/image-encoder.ts'
import { embedTexts } from '../../scoring/score-towers.ts'
import { Image, ScoreTowers } from '../../values/socket-types.ts'
import { meanOf, roundedScores, rowOf } from './score-values.ts'

/** How well pictures show what a text says (Hessel et al. 2021). */
export const clipScore = defineNode({
  type: 'CLIPScore',
  version: 1,
  label: 'CLIP score',
  category: 'scores',
  description:
    'How well each picture shows what the text says: 100 times the cosine of their embeddings, 0 at least. The towers decide what a good number is: compare only numbers of one pair of towers.',
  aliases: ['text-image similarity', 'prompt adherence', 'alignment'],
  inputs: { towers: link(ScoreTowers), image: link(Image), text: textInput({ default: '', multiline: true }) },
  outputs: { score: Float, scores: listOf(Float) },
  lane: 'gpu',
  async run({ towers, image, text }, { services, signal, show }) {
    const words = rowOf(await embedTexts(services, towers, [text]), 0)
    const pictures = await encodePictures(services.sessions, towers.image, 'embedding', picturesOf([image]), { signal })
    const scores = Array.from({ length: pictures.count }, (_, k) => scoreOf(rowOf(pictures, k), words))
    show({ metric: `clip-score:${towers.name}`, scores: roundedScores(scores) })
    return { score: meanOf(scores), scores }
  },
})
