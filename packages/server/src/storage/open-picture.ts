import sharp, { type Sharp } from 'sharp'
import { Failure } from '../failure.ts'
import { sniff } from './sniff.ts'

/** No work on one picture of a request takes longer; a small file can ask for a lot of it. */
const mostSeconds = 30
const accepted = ['png', 'jpg', 'webp', 'gif', 'avif']

/**
 * A picture that came with a request, for the work of a moment. What it is is told by its bytes: a drawing such as SVG,
 * whose decoding may take minutes, is refused unread.
 * @throws {Failure} `wrong-file-type`
 */
export function openPicture(bytes: Buffer, pixelLimit: number): Sharp {
  const type = sniff(bytes)
  if (!type || !accepted.includes(type.extension)) throw unreadable()
  return sharp(bytes, { limitInputPixels: pixelLimit }).timeout({ seconds: mostSeconds })
}

/** Does something with pictures; what goes wrong is a refusal. */
export async function withPictures<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Failure) throw error
    throw unreadable()
  }
}

const unreadable = (): Failure =>
  new Failure('wrong-file-type', 'The picture cannot be read, or it has too many pixels.', {
    hint: 'Send a PNG, JPEG or WebP.',
  })
