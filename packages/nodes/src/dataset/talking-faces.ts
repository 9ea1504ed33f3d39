import { createHash } from 'node:crypto'
import { talkingClips, type MadeClip, type TalkingClipsOptions } from './talking-clips.ts'

/** Drawn faces that talk, to train on. */
export interface TalkingFaces {
  /** Sides of the square frames. */
  readonly size: number
  readonly fps: number
  readonly clips: readonly MadeClip[]
  readonly digest: string
}

/** All clips of a seed, drawn. */
export async function drawTalkingFaces(
  options: TalkingClipsOptions & { readonly onProgress?: (done: number, clips: number) => void },
): Promise<TalkingFaces> {
  const clips: MadeClip[] = []
  for await (const clip of talkingClips(options)) {
    clips.push(clip)
    options.onProgress?.(clips.length, options.count)
  }
  const { size, fps } = options
  const hash = createHash('sha256').update(`${size} ${fps}`)
  for (const { clip } of clips) hash.update(clip.frames).update(new Uint8Array(clip.mel.buffer))
  return { size, fps, clips, digest: hash.digest('hex').slice(0, 16) }
}
