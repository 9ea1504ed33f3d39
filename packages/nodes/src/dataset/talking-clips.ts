import { uniformSource } from '../random/uniform-source.ts'
import { sentenceByLot } from '../speech/sentences-by-lot.ts'
import { openSpeaker, type Voice } from '../speech/speaker.ts'
import { faceByLot } from './face-drawing.ts'
import { defaultSplitRule, splitOf } from './split.ts'
import { drawTalkingClip, windowByLot, type TalkingClip } from './talking-clip.ts'

export interface TalkingClipsOptions {
  readonly size: number
  readonly count: number
  /** Another seed, other faces and sentences. */
  readonly seed: number
  readonly fps: number
  readonly signal?: AbortSignal
}

export interface MadeClip {
  readonly clip: TalkingClip
  readonly sentence: string
  readonly voice: Voice
  /** What of it no network is trained on. */
  readonly heldOut: readonly ('voice' | 'face' | 'sentence')[]
}

/** In the order of how often they speak; one voice in eight is the one that is held out. */
const speakers: readonly Voice[] = ['slt', 'awb', 'kal16', 'slt', 'awb', 'kal16', 'slt', 'rms']
const heldOutVoice: Voice = 'rms'
const splitRule = { ...defaultSplitRule, heldOutShare: 0.1 }
const isHeldOut = (name: string): boolean => splitOf(name, undefined, splitRule) !== 'train'

/** Faces by lot, each of which says a sentence by lot: the same seed makes the same clips. */
export async function* talkingClips(options: TalkingClipsOptions): AsyncGenerator<MadeClip> {
  const { size, count, seed, fps, signal } = options
  const draw = uniformSource(seed)
  const speaker = openSpeaker()
  try {
    for (let i = 0; i < count; i++) {
      signal?.throwIfAborted()
      const face = faceByLot(draw, 'lorelei')
      const sentence = sentenceByLot(draw)
      const voice = speakers[Math.floor(draw() * speakers.length)] ?? heldOutVoice
      const window = windowByLot(draw)
      const curve = draw() - 0.4
      const background = [draw(), draw(), draw()].map((value) => Math.round(255 * (1 - 0.6 * value * value)))
      const speech = await speaker.speak(sentence, { voice, speed: 0.85 + 0.4 * draw(), ...(signal && { signal }) })
      const clip = await drawTalkingClip(face, speech, {
        size,
        fps,
        window,
        curve,
        background: background as [number, number, number],
      })
      const heldOut = [
        ...(voice === heldOutVoice ? (['voice'] as const) : []),
        ...(isHeldOut(`face-${seed}-${i}`) ? (['face'] as const) : []),
        ...(isHeldOut(sentence) ? (['sentence'] as const) : []),
      ]
      yield { clip, sentence, voice, heldOut }
    }
  } finally {
    speaker.close()
  }
}
