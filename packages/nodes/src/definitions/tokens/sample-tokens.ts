import { float, int, link, optionalLink, seed } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { tokenTextOf } from '../../encoding/token-text.ts'
import { previewRows } from '../../sampling/picture-previews.ts'
import { samplePictureTokens } from '../../sampling/sample-picture-tokens.ts'
import { Conditioning, ImageTokenizer, TokenModel, Tokens } from '../../values/socket-types.ts'

/** Pictures as codes, one after another. */
export const sampleTokensNode = defineNode({
  type: 'SampleTokens',
  version: 1,
  category: 'tokens',
  description:
    'Draws pictures code by code, row by row, each code given the prompt and all codes before it. Shows the picture after each row. Picture k of several is that of seed + k.',
  aliases: ['autoregressive', 'LlamaGen', 'next token', 'patches one by one'],
  inputs: {
    tokenModel: link(TokenModel),
    positive: link(Conditioning),
    negative: optionalLink(Conditioning, {
      description: 'What guidance goes away from; what the model has learnt for no text where it is missing.',
    }),
    imageTokenizer: optionalLink(ImageTokenizer, { description: 'Shows the picture as it grows.' }),
    seed: seed(),
    pictures: int({ default: 1, min: 1, max: 256, description: 'How many are drawn together.' }),
    guidanceScale: float({
      default: 3,
      min: 0,
      max: 100,
      step: 0.1,
      description: 'How closely it follows the prompt; 1 is without guidance, and twice as fast.',
    }),
    temperature: float({ default: 1, min: 0, max: 10, step: 0.01, description: '0 takes the likeliest code always.' }),
    topK: int({
      default: 0,
      min: 0,
      max: 1_000_000,
      description: 'Draws from so many of the likeliest codes; 0 is all.',
    }),
    topP: float({
      default: 1,
      min: 0,
      max: 1,
      step: 0.01,
      description: 'Draws from the fewest likeliest codes that have this probability together; 1 is all.',
    }),
  },
  outputs: { tokens: Tokens },
  lane: 'gpu',
  async run({ tokenModel, positive, negative, imageTokenizer, pictures, ...choice }, context) {
    const { services, signal, progress, preview, warn } = context
    if (tokenModel.kind !== 'one-by-one') {
      throw new Error(`${tokenModel.title} gives all codes at once: use UnmaskTokens.`)
    }
    const { side } = tokenModel.config
    const tokens = await samplePictureTokens(services.sessions, tokenModel, {
      ...choice,
      pictures,
      positive: tokenTextOf(tokenModel, positive, warn),
      ...(negative && { negative: tokenTextOf(tokenModel, negative, warn) }),
      signal,
      async onRow(rows) {
        progress(rows.shape[1], side)
        if (imageTokenizer) await previewRows(services.sessions, imageTokenizer, rows, side, preview)
      },
    })
    return { tokens }
  },
})
