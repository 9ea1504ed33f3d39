import { choice, int, link, text, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { encodeImage, extensionOf, imageFormats, mimeOf } from '../../image/codec.ts'
import { roundings, sizeOfImage } from '../../image/image.ts'
import { Image } from '../../values/socket-types.ts'

/** Keeps pictures as files that carry the workflow which made them. */
export const saveImage = defineNode({
  type: 'SaveImage',
  version: 1,
  category: 'image',
  description:
    'Keeps pictures as files. Each carries the workflow that made it: drop one into the editor to get it back.',
  aliases: ['export', 'output', 'png', 'webp', 'jpeg'],
  inputs: {
    image: link(Image),
    name: text({
      default: 'patchbay',
      description: 'The beginning of the file name; a number follows. May hold folders: portraits/cat',
    }),
    format: choice(imageFormats, 'png'),
    quality: int({
      default: 90,
      min: 1,
      max: 100,
      advanced: true,
      description: 'For JPEG and WebP; 100 makes WebP lossless.',
    }),
    embedWorkflow: toggle({ default: true, advanced: true, label: 'Embed the workflow' }),
    parameters: text({
      multiline: true,
      advanced: true,
      description: 'Settings in the words of AUTOMATIC1111, which other programs show beside the picture.',
    }),
    rounding: choice(roundings, 'nearest', {
      advanced: true,
      description: 'How a value between two of the 256 of a file is kept. ComfyUI keeps the lower one.',
    }),
    temporary: toggle({ default: false, advanced: true, description: 'Keep them only until the server starts again.' }),
  },
  outputs: {},
  sideEffect: true,
  lane: 'io',
  async run(
    { image, name, format, quality, embedWorkflow, parameters, rounding, temporary },
    { services, artifact, signal, show },
  ) {
    const { batch, width, height } = sizeOfImage(image)
    const texts = { ...(embedWorkflow && services.embedded), ...(parameters !== '' && { parameters }) }
    const names: string[] = []
    for (let k = 0; k < batch; k++) {
      signal.throwIfAborted()
      const bytes = await encodeImage(image, k, { format, quality, texts, rounding })
      const about = {
        prefix: name,
        extension: extensionOf[format],
        mime: mimeOf[format],
        kind: 'image',
        width,
        height,
        index: k,
        temporary,
      } as const
      const kept = await services.saveArtifact(bytes, about)
      artifact(kept)
      names.push(kept.name)
    }
    show({ files: names })
    return {}
  },
})
