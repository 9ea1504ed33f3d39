import { Float, listLink, Text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { bleu, cider, exactShare } from '../../metrics/index.ts'

/** How near captions are to what people say (Papineni et al. 2002; Vedantam et al. 2015). */
export const captionScore = defineNode({
  type: 'CaptionScore',
  version: 1,
  category: 'captions',
  description:
    'How near captions are to what people say of the same pictures: BLEU-4 in 0 to 1, CIDEr-D in 0 to 10, and the share that is right word for word. A set of one picture has a CIDEr-D of 0: words count by how few pictures they belong to.',
  aliases: ['BLEU', 'CIDEr', 'evaluation', 'metric'],
  inputs: {
    captions: listLink(Text),
    references: listLink(Text, {
      description: 'One text for each caption, in the same order; several references stand on lines of their own.',
    }),
  },
  outputs: { bleu: Float, cider: Float, exact: Float },
  run({ captions, references }, { show }) {
    if (captions.length !== references.length) {
      throw new RangeError(
        `There are ${captions.length} captions and ${references.length} references: each caption needs one text of references, on several lines where there are several.`,
      )
    }
    if (captions.length === 0) throw new RangeError('There is no caption to score.')
    const pairs = captions.map((caption, i) => ({
      caption,
      references: (references[i] ?? '').split('\n').filter((line) => line.trim() !== ''),
    }))
    const empty = pairs.findIndex(({ references: lines }) => lines.length === 0)
    if (empty >= 0) throw new RangeError(`Caption ${empty} (from 0) has no reference: its text is empty.`)
    const scores = { bleu: bleu(pairs), cider: cider(pairs), exact: exactShare(pairs) }
    show({
      text: `BLEU-4 ${scores.bleu.toFixed(3)}, CIDEr-D ${scores.cider.toFixed(3)}, exact ${scores.exact.toFixed(3)}`,
    })
    return scores
  },
})
