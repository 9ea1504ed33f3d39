import { file } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import type { ImageTokenizer as ImageTokenizerValue } from '../../networks/tokens/image-tokenizer.ts'
import { expectCodebook } from '../../decoding/picture-tokens.ts'
import { openImageTokenizer } from '../../opening/open-image-tokenizer.ts'
import { openTokenModel } from '../../opening/open-token-model.ts'
import { codesOf } from '../../networks/tokens/token-model.ts'
import { ImageTokenizer, TextEncoder, TokenModel } from '../../values/socket-types.ts'

/** A network that gives codes of pictures, with what it was trained on. */
export const loadTokenModel = defineNode({
  type: 'LoadTokenModel',
  version: 1,
  category: 'tokens',
  description:
    "Opens a network that draws by codes: LlamaGen's text-to-image transformer, which gives one after another, or a folder of aMUSEd, which gives all that are masked at once. Gives the text encoder and the image tokenizer that belong to it too.",
  aliases: ['LlamaGen', 'aMUSEd', 'MaskGIT', 'autoregressive', 'masked model'],
  inputs: { tokenModel: file({ folder: 'token_models', accept: ['.safetensors', '.pt', '.bin', 'folder'] }) },
  outputs: { tokenModel: TokenModel, textEncoder: TextEncoder, imageTokenizer: ImageTokenizer },
  lane: 'io',
  async run({ tokenModel }, { services, block }) {
    const opened = openTokenModel(await services.pathOf('token_models', tokenModel))
    const { model, textEncoder, imageTokenizerName: name } = opened
    let imageTokenizer: ImageTokenizerValue | undefined = opened.imageTokenizer
    if (!imageTokenizer && name !== undefined)
      imageTokenizer = openImageTokenizer(await services.pathOf('image_tokenizers', name))
    if (imageTokenizer) expectCodebook({ codes: codesOf(model) }, imageTokenizer.config.codes, imageTokenizer.title)
    return {
      tokenModel: model,
      textEncoder:
        textEncoder ??
        block(
          `${model.title} brings no text encoder: load the one it was trained on with LoadTextEncoder (of LlamaGen flan-T5-XL).`,
        ),
      imageTokenizer:
        imageTokenizer ?? block(`${model.title} brings no image tokenizer: load it with LoadImageTokenizer.`),
    }
  },
})
