import { readFile } from 'node:fs/promises'
import { file } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { sizeOfImage } from '../../image/image.ts'
import { Video } from '../../values/socket-types.ts'
import { decodeVideo, videoEndings } from '../../video/decode-video.ts'
import { lengthOfVideo } from '../../video/video.ts'

/** A video from the input folder. */
export const loadVideo = defineNode({
  type: 'LoadVideo',
  version: 1,
  category: 'video',
  description:
    'Opens a video: an animated WebP, GIF or PNG; MP4 and WebM where the packages mediabunny and @napi-rs/webcodecs are installed.',
  aliases: ['open', 'VHS_LoadVideo', 'clip', 'animation', 'gif', 'mp4'],
  inputs: { file: file({ folder: 'input', accept: videoEndings }) },
  outputs: { video: Video },
  lane: 'io',
  async run({ file: name }, { services, warn, show }) {
    const { video, warnings } = await decodeVideo(await readFile(await services.pathOf('input', name)))
    for (const warning of warnings) warn(warning)
    const { batch, width, height } = sizeOfImage(video.frames)
    show({
      frames: batch,
      width,
      height,
      fps: video.fps,
      seconds: lengthOfVideo(video),
      sound: video.audio !== undefined,
    })
    return { video }
  },
})
