import { choice, float, int, link, optionalLink, seed } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { expectCodebook, type PictureTokens } from '../../decoding/picture-tokens.ts'
import { unmaskSchedules } from '../../decoding/unmask.ts'
import { tokenTextOf } from '../../encoding/token-text.ts'
import { pixelsOfCode } from '../../networks/tokens/image-tokenizer.ts'
import { previewRows } from '../../sampling/picture-previews.ts'
import { placesOfMask } from '../../sampling/places-of-mask.ts'
import { unmaskPictureTokens } from '../../sampling/unmask-picture-tokens.ts'
import { Conditioning, ImageTokenizer, Mask, TokenModel, Tokens } from '../../values/socket-types.ts'

/** Pictures as codes, all at once. */
export const unmaskTokens = defineNode({
  type: 'UnmaskTokens',
  version: 1,
  category: 'tokens',
  description:
    'Draws all codes of pictures at once, keeps those it is surest of, and draws the others again in the next pass. With tokens and a mask it repaints what the mask covers. Picture k of several is that of seed + k.',
  aliases: ['MaskGIT', 'aMUSEd', 'parallel decoding', 'patches all at once', 'inpaint tokens'],
  inputs: {
    tokenModel: link(TokenModel),
    positive: link(Conditioning),
    negative: optionalLink(Conditioning, {
      description:
        'What guidance goes away from. aMUSEd needs one, such as an empty prompt; models trained here do not.',
    }),
    tokens: optionalLink(Tokens, { description: 'What is there already; needs a mask of what is made anew.' }),
    mask: optionalLink(Mask, { description: 'Places whose mask is above a half anywhere are made anew.' }),
    imageTokenizer: optionalLink(ImageTokenizer, { description: 'Shows the picture after each pass.' }),
    seed: seed(),
    pictures: int({
      default: 1,
      min: 1,
      max: 256,
      description: 'How many are drawn together; with tokens as many as these.',
    }),
    steps: int({
      default: 12,
      min: 1,
      max: 1000,
      label: 'Passes',
      description: '1 draws all codes at once and keeps them.',
    }),
    guidanceScale: float({ default: 3, min: 0, max: 100, step: 0.1, description: '1 is without guidance.' }),
    schedule: choice(['model', ...unmaskSchedules], 'model', {
      advanced: true,
      description: "How the number of masked codes falls from pass to pass; model is the model's own.",
    }),
    temperature: float({
      default: 2,
      min: 0,
      max: 100,
      step: 0.1,
      advanced: true,
      description: 'How much chance there is at first in which codes are kept; it falls to 0.',
    }),
  },
  outputs: { tokens: Tokens },
  lane: 'gpu',
  async run({ tokenModel: model, positive, negative, tokens, mask, imageTokenizer, pictures, ...settings }, context) {
    const { services, signal, progress, preview, warn } = context
    const { steps, schedule, temperature, guidanceScale, seed } = settings
    if (model.kind !== 'masked') throw new Error(`${model.title} gives one code after another: use SampleTokens.`)
    if ((tokens === undefined) !== (mask === undefined)) {
      throw new Error(`To repaint, connect tokens and a mask: the ${tokens ? 'mask is' : 'tokens are'} missing.`)
    }
    if (guidanceScale !== 1 && !negative && model.saysNothing === 'empty-text') {
      throw new Error(
        `${model.title} goes away from an encoded text: connect a negative (an empty prompt), or set the guidance scale to 1.`,
      )
    }
    const { side, codes } = model.config
    if (tokens) expectCodebook(tokens, codes, model.title)
    const start: PictureTokens = tokens ?? {
      data: new Int32Array(pictures * side * side),
      shape: [pictures, side, side],
      codes,
    }
    if (!imageTokenizer && model.saysNothing === 'empty-text') {
      warn(
        `${model.title} is told how large its pictures are, which only their image tokenizer knows: connect it. 64 × 64 pixels are told.`,
      )
    }
    const pixels = imageTokenizer ? pixelsOfCode(imageTokenizer) : 64 / side
    const [, rows, columns] = start.shape
    const made = await unmaskPictureTokens(services.sessions, model, {
      start,
      isMasked: placesOfMask(mask, start.shape),
      positive: tokenTextOf(model, positive, warn),
      ...(negative && { negative: tokenTextOf(model, negative, warn) }),
      guidanceScale,
      seed,
      temperature,
      passes: steps,
      schedule: schedule === 'model' ? model.schedule : schedule,
      size: { width: columns * pixels, height: rows * pixels },
      signal,
      async onPass(done, predicted) {
        progress(done, steps)
        if (imageTokenizer) await previewRows(services.sessions, imageTokenizer, predicted, rows, preview)
      },
    })
    return { tokens: made }
  },
})
