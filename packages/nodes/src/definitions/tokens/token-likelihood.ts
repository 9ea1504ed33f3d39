import { Float, link, listOf } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { expectCodebook } from '../../decoding/picture-tokens.ts'
import { tokenTextOf } from '../../encoding/token-text.ts'
import { logLikelihoods } from '../../networks/tokens/one-by-one.ts'
import { Conditioning, TokenModel, Tokens } from '../../values/socket-types.ts'

/** How well the codes of pictures fit each other and a prompt. */
export const tokenLikelihood = defineNode({
  type: 'TokenLikelihood',
  version: 1,
  category: 'tokens',
  description:
    'How surprising the codes of pictures are to a model that gives one after another, in bits a code: low where they fit each other and the prompt. A codebook of 4096 entries needs 12 bits where nothing is known.',
  aliases: ['bits per token', 'cross-entropy', 'perplexity', 'coherence'],
  inputs: { tokenModel: link(TokenModel), positive: link(Conditioning), tokens: link(Tokens) },
  outputs: { bitsPerToken: Float, each: listOf(Float) },
  lane: 'gpu',
  async run({ tokenModel, positive, tokens }, { services, show, warn }) {
    if (tokenModel.kind !== 'one-by-one') {
      throw new Error(
        `${tokenModel.title} gives all codes at once, so it has no likelihood of codes one after another: use a one-by-one model.`,
      )
    }
    const { side, codes } = tokenModel.config
    const [pictures, rows, columns] = tokens.shape
    expectCodebook(tokens, codes, tokenModel.title)
    if (rows !== side || columns !== side) {
      throw new RangeError(
        `${tokenModel.title} reads pictures of ${side} × ${side} codes, but these have ${columns} × ${rows}.`,
      )
    }
    const text = tokenTextOf(tokenModel, positive, warn)
    const logs = await logLikelihoods(services.sessions, tokenModel, text, tokens)
    const each = Array.from({ length: pictures }, (_, k) => {
      const own = logs.subarray(k * rows * columns, (k + 1) * rows * columns)
      return -own.reduce((sum, log) => sum + log, 0) / own.length / Math.LN2
    })
    const bitsPerToken = each.reduce((sum, bits) => sum + bits, 0) / pictures
    show({ bitsPerToken, each })
    return { bitsPerToken, each }
  },
})
