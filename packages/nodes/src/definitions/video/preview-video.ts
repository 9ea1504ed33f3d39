import { link } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { sizeOfImage } from '../../image/image.ts'
import { Video } from '../../values/socket-types.ts'
import { previewOfVideo } from '../../video/preview.ts'
import { lengthOfVideo } from '../../video/video.ts'

/** Plays a video on the node without keeping it. */
export const previewVideo = defineNode({
  type: 'PreviewVideo',
  version: 1,
  category: 'video',
  description: 'Plays a video on the node, without its sound and without keeping it as a file.',
  aliases: ['show', 'play', 'display', 'view'],
  inputs: { video: link(Video) },
  outputs: {},
  sideEffect: true,
  async run({ video }, { preview, show, warn }) {
    const { batch, width, height } = sizeOfImage(video.frames)
    if (video.audio) warn('The preview is silent: save the video as MP4 or WebM to hear its sound.')
    preview(await previewOfVideo(video))
    show({ frames: batch, width, height, fps: video.fps, seconds: lengthOfVideo(video) })
    return {}
  },
})
