import { Float, Int, link } from '@patchbay/engine'
import { melSpectrogram, wav2lipMel } from '../../audio/mel-spectrogram.ts'
import { checkAudio } from '../../audio/audio.ts'
import { defineNode } from '../../host/define-node.ts'
import { sizeOfImage } from '../../image/image.ts'
import { resizeImage } from '../../image/resample.ts'
import { lipSync, mouthMotion, soundOpenness } from '../../metrics/lip-sync.ts'
import { Audio, Video } from '../../values/socket-types.ts'

/** Pixels of a side at which the motion of a mouth is looked at. */
const side = 48

/** Whether lips go with a sound. */
export const lipSyncScore = defineNode({
  type: 'LipSyncScore',
  version: 1,
  category: 'scores',
  description:
    'By how many frames the lips of a video are late (above 0) or early against a sound, and how well they go with it there: the correlation of what moves most in the lower half of the frames with the loudness of open vowels. For a face that does not move itself.',
  aliases: ['lip sync', 'SyncNet', 'talking head', 'offset'],
  inputs: { video: link(Video), audio: link(Audio) },
  outputs: { offset: Int, correlation: Float },
  run({ video: { frames, fps }, audio }, { show, warn }) {
    checkAudio(audio)
    const { batch } = sizeOfImage(frames)
    if (batch < 8) throw new RangeError(`Lips are judged over 8 frames or more, but the video has ${batch}.`)
    const motion = mouthMotion(resizeImage(frames, { width: side, height: side }, 'area'))
    const score = lipSync(motion, soundOpenness(melSpectrogram(audio, wav2lipMel), batch, fps))
    if (score.correlation === 0) warn('Nothing moves in the lower half of the video, or the sound is even.')
    show({ metric: 'lip-sync', ...score })
    return score
  },
})
