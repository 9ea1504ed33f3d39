import { choice, int, link, text } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { encodeText } from '../../encoding/encode-text.ts'
import { promptGrammars } from '../../tokenizer/prompt-chunks.ts'
import { Conditioning, TextEncoder } from '../../values/socket-types.ts'

/** A prompt as the denoiser understands it. */
export const textEncode = defineNode({
  type: 'TextEncode',
  version: 1,
  category: 'conditioning',
  description:
    'Turns a prompt into conditioning. For the Stable Diffusion family (word:1.2) weighs a word, BREAK starts a new chunk.',
  aliases: ['CLIPTextEncode', 'prompt', 'clip'],
  inputs: {
    textEncoder: link(TextEncoder),
    text: text({ multiline: true, label: 'Prompt' }),
    secondText: text({
      advanced: true,
      multiline: true,
      description:
        'What the second text encoder reads (of SDXL and SD 3 bigG, of Flux.1 T5); empty is the prompt again.',
    }),
    thirdText: text({
      advanced: true,
      multiline: true,
      description: 'What the third text encoder reads, the T5 of SD 3; empty is the prompt again.',
    }),
    scheduleSteps: int({
      default: 20,
      min: 1,
      max: 10_000,
      advanced: true,
      description: 'How finely a schedule such as [a:b:0.5] is divided; for [a|b] the steps of the run.',
    }),
    grammar: choice(promptGrammars, 'automatic1111', {
      advanced: true,
      description:
        "How brackets are read. In ComfyUI's grammar a written weight replaces those around it, and square brackets and BREAK are words.",
    }),
  },
  outputs: { conditioning: Conditioning },
  traits: ({ links }) => ({ conditioning: links.textEncoder ?? {} }),
  async run({ textEncoder, text, secondText, thirdText, scheduleSteps, grammar }, { services, warn }) {
    const reading = { grammar, ...(grammar === 'comfyui' && { warn }) }
    const others = { second: secondText, third: thirdText }
    return { conditioning: await encodeText(services, textEncoder, text, scheduleSteps, others, reading) }
  },
})
