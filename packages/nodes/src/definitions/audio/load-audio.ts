import { readFile } from 'node:fs/promises'
import { file } from '@patchbay/engine'
import { audioEndings, decodeAudio, wordsOfAudio } from '../../audio/decode-audio.ts'
import { peakOf } from '../../audio/audio.ts'
import { defineNode } from '../../host/define-node.ts'
import { Audio } from '../../values/socket-types.ts'

/** A sound from the input folder. */
export const loadAudio = defineNode({
  type: 'LoadAudio',
  version: 1,
  category: 'audio',
  description: 'Opens a sound of at most an hour: WAV, MP3, Ogg (Vorbis or Opus) or FLAC, told by its first bytes.',
  aliases: ['open', 'sound', 'music', 'speech', 'mp3', 'wav', 'VHS_LoadAudio'],
  inputs: { file: file({ folder: 'input', accept: [...audioEndings] }) },
  outputs: { audio: Audio },
  lane: 'io',
  async run({ file: name }, { services, show, warn }) {
    const audio = await decodeAudio(await readFile(await services.pathOf('input', name)))
    if (peakOf(audio) === 0) warn(`${name} is silent from its beginning to its end.`)
    show({ sound: wordsOfAudio(audio) })
    return { audio }
  },
})
