import type { Picture } from '../../state/runs/run.ts'
import type { PaintedPicture } from './painter-frame.ts'

/** How many pictures are kept to be painted. */
const most = 200

/** The pictures that stand on shapes: each is asked for when it is first painted, and painted once it is there. */
export class PaintedPictures {
  private readonly images = new Map<string, HTMLImageElement>()
  private readonly addressOf: (picture: Picture) => string | undefined
  private readonly arrived: () => void

  /** `arrived` is told when there is more to paint. */
  constructor(addressOf: (picture: Picture) => string | undefined, arrived: () => void) {
    this.addressOf = addressOf
    this.arrived = arrived
  }

  of(picture: Picture | undefined): PaintedPicture | undefined {
    const address = picture && this.addressOf(picture)
    if (address === undefined) return undefined
    const image = this.images.get(address) ?? this.load(address)
    const { naturalWidth: width, naturalHeight: height } = image
    return image.complete && width > 0 ? { source: image, width, height } : undefined
  }

  private load(address: string): HTMLImageElement {
    const image = new Image()
    image.addEventListener('load', () => this.arrived(), { once: true })
    image.src = address
    this.images.set(address, image)
    const [oldest] = this.images.keys()
    if (this.images.size > most && oldest !== undefined) this.images.delete(oldest)
    return image
  }

  /** Resolves with a picture once it is there; with nothing where it does not come. */
  async ready(picture: Picture): Promise<PaintedPicture | undefined> {
    const address = this.addressOf(picture)
    if (address === undefined) return undefined
    await (this.images.get(address) ?? this.load(address)).decode().catch(() => undefined)
    return this.of(picture)
  }
}
