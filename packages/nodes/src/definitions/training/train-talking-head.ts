import { statSync } from 'node:fs'
import { choice, link } from '@patchbay/engine'
import { writeSafetensors } from '@patchbay/onnx'
import { float32 } from '@patchbay/onnx/tensor'
import { defineNode } from '../../host/define-node.ts'
import { parseTalkingHead, speakingFaces } from '../../networks/talking-head/talking-head.ts'
import { openWeightFile } from '../../weights/weight-file.ts'
import { talkingBatch, trainingClips } from '../../training/batches/talking-batch.ts'
import {
  firstTalkingHead,
  publishedTalkingHead,
  talkingConfigOf,
  talkingHeadLoss,
  talkingNetworks,
} from '../../training/losses/talking-head-loss.ts'
import { optimizeWith, recipeOf } from '../../training/loop/optimize.ts'
import { train } from '../../training/loop/train.ts'
import { claimedPath, writeTrained } from '../../training/write-trained.ts'
import { TalkingFaces, TalkingHead } from '../../values/socket-types.ts'
import { trainingInputs } from './training-inputs.ts'

/** Frames of a sheet of samples. */
const sampled = 16

/** A talking head from nothing (Prajwal et al. 2020), on drawn faces whose mouths are known. */
export const trainTalkingHead = defineNode({
  type: 'TrainTalkingHead',
  version: 1,
  category: 'training',
  description:
    'Trains a network that makes a face say what is heard: Wav2Lip, at a quarter of its width or smaller. The file has the names of published ones.',
  aliases: ['wav2lip', 'lip sync', 'talking portrait'],
  inputs: {
    faces: link(TalkingFaces),
    ...trainingInputs({ name: 'my-talker', steps: 2000, batch: 8, learningRate: 1e-3 }),
    network: choice(talkingNetworks, 'small', {
      description: 'small shows something in minutes; quarter, of 2 million weights, is what ships.',
    }),
  },
  outputs: { talkingHead: TalkingHead },
  sideEffect: true,
  lane: 'gpu',
  async run({ faces, network, ...settings }, context) {
    const path = await claimedPath(context.services, 'talking_heads', `${settings.name}.safetensors`)
    if (trainingClips(faces).length === 0)
      throw new RangeError('All clips are held out (a voice, faces and sentences are): draw more of them.')
    const config = talkingConfigOf(network, faces.size)
    const { batch, seed } = settings
    const loss = talkingHeadLoss(config, batch)
    const { sessions } = context.services
    const shownClip = (faces.clips.find(({ heldOut }) => heldOut.length > 0) ?? faces.clips[0])?.clip
    let samples = 0
    const trained = await train(
      {
        ...optimizeWith(settings),
        recipe: recipeOf('TrainTalkingHead', settings, { config: { ...config }, data: faces.digest }),
        loss,
        initial: firstTalkingHead(loss, Number(seed % 2n ** 32n)),
        feedsOf: (step) => talkingBatch(faces, config, { seed, step, batch }),
        sample(parameters) {
          const { size } = config
          const still = Float32Array.from(shownClip?.stills[0] ?? [], (value) => value / 255)
          const mel = shownClip?.mel ?? new Float32Array()
          const key = `${path}|sample ${(samples += 1)}`
          const model = parseTalkingHead(publishedTalkingHead(parameters, settings.name), key)
          const heard = float32([80, mel.length / 80], mel)
          const options = { fps: faces.fps, frames: Math.min(sampled, shownClip?.mouths.length ?? 1) }
          return speakingFaces(sessions, { ...model, config }, float32([1, size, size, 3], still), heard, options)
        },
      },
      context,
    )
    const metadata = { format: 'pt', lead: String(config.lead), recipe: trained.recipe }
    writeTrained(path, trained, () => {
      writeSafetensors(path, publishedTalkingHead(trained.best, settings.name), { metadata, floatType: 'float16' })
    })
    const { size, mtimeMs } = statSync(path)
    return { talkingHead: parseTalkingHead(openWeightFile(path), `${path}|${size}|${mtimeMs}`) }
  },
})
