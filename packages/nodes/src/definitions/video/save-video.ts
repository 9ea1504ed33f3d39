import { choice, int, link, text, toggle } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { roundings, sizeOfImage } from '../../image/image.ts'
import { Video } from '../../values/socket-types.ts'
import { animatedFormats, encodeAnimation } from '../../video/animated-picture.ts'
import { encodeMedia, mediaFormats } from '../../video/media-file.ts'

const mimeOf = { webp: 'image/webp', gif: 'image/gif', mp4: 'video/mp4', webm: 'video/webm' } as const
/** Browsers show a GIF whose frames are shorter than 20 ms at ten frames a second. */
const mostGifFps = 50

/** Keeps a video as a file. */
export const saveVideo = defineNode({
  type: 'SaveVideo',
  version: 1,
  category: 'video',
  description:
    'Keeps a video as a file. Animated WebP and GIF need nothing; MP4 and WebM carry sound, and need the packages mediabunny and @napi-rs/webcodecs. WebP, MP4 and WebM carry the workflow that made them.',
  aliases: ['SaveAnimatedWEBP', 'VHS_VideoCombine', 'export', 'output', 'gif', 'webp', 'mp4', 'webm'],
  inputs: {
    video: link(Video),
    name: text({
      default: 'video',
      description: 'The beginning of the file name; a number follows. May hold folders: clips/cat',
    }),
    format: choice([...animatedFormats, ...mediaFormats], 'webp'),
    quality: int({
      default: 90,
      min: 0,
      max: 100,
      description: 'For all but GIF, which has 256 colours a frame; 100 makes WebP lossless.',
    }),
    lossless: toggle({ default: false, description: 'Of a WebP: every pixel as it is, whatever the quality.' }),
    loops: int({
      default: 0,
      min: 0,
      max: 65_535,
      advanced: true,
      description: 'How often WebP and GIF play; 0: for ever.',
    }),
    embedWorkflow: toggle({ default: true, advanced: true, label: 'Embed the workflow' }),
    rounding: choice(roundings, 'nearest', {
      advanced: true,
      description: 'How a value between two of the 256 of a file is kept. ComfyUI keeps the lower one.',
    }),
    temporary: toggle({ default: false, advanced: true, description: 'Keep it only until the server starts again.' }),
  },
  outputs: {},
  sideEffect: true,
  lane: 'io',
  async run(
    { video, name, format, quality, lossless, loops, embedWorkflow, rounding, temporary },
    { services, artifact, progress, show, warn },
  ) {
    const { batch, width, height } = sizeOfImage(video.frames)
    const texts = embedWorkflow ? services.embedded : {}
    const hasTexts = Object.keys(texts).length > 0
    let bytes: Uint8Array
    if (format === 'webp' || format === 'gif') {
      if (video.audio)
        warn(`${format === 'webp' ? 'An animated WebP' : 'A GIF'} is silent: save as MP4 or WebM to keep the sound.`)
      if (format === 'gif' && hasTexts) warn('A GIF carries no texts: the workflow is not embedded. WebP carries it.')
      if (format === 'gif' && video.fps > mostGifFps) {
        warn(`A GIF of more than ${mostGifFps} frames a second plays slower: browsers show such frames longer.`)
      }
      bytes = await encodeAnimation(video, { format, quality: lossless ? 100 : quality, loops, rounding, texts })
    } else {
      const onFrame = (frame: number) => progress(frame, batch)
      const comment = hasTexts ? { comment: JSON.stringify(texts) } : {}
      bytes = await encodeMedia(video, { format, quality, rounding, onFrame, ...comment })
    }
    const about = {
      prefix: name,
      extension: format,
      mime: mimeOf[format],
      kind: 'video',
      width,
      height,
      temporary,
    } as const
    const kept = await services.saveArtifact(bytes, about)
    artifact(kept)
    show({ files: [kept.name] })
    return {}
  },
})
