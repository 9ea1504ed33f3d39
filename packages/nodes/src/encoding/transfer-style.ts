import { float32, requireFloat32 } from '@patchbay/onnx'
import { numberAt } from '@patchbay/onnx/tensor'
import { resizeToFit } from '../image/fit.ts'
import { cropImage } from '../image/geometry.ts'
import { imageOfPlanes, picturesOf, planesOf, sizeOfImage, withoutAlpha, type ImageTensor } from '../image/image.ts'
import { resizeImage } from '../image/resample.ts'
import { meanStyleCode, styleSession, type StyleModel } from '../networks/style-model.ts'
import type { Sessions } from '../networks/sessions.ts'
import { concatBatch } from '../tensor/index.ts'

export interface StyleTransferOptions {
  /** Pictures whose style is taken; a network of one style takes none. */
  readonly style?: ImageTensor | undefined
  /** 0 leaves the picture as it is, 1 is the style. */
  readonly amount: number
  readonly signal: AbortSignal
  readonly onPicture?: (done: number, of: number) => void
}

/**
 * Pictures [batch, height, width, 3 or 4] redrawn in a style, each at its own size, without alpha.
 * @throws RangeError where the network needs a picture of the style and there is none
 */
export async function transferStyle(
  sessions: Sessions,
  model: StyleModel,
  image: ImageTensor,
  { style, amount, signal, onPicture }: StyleTransferOptions,
): Promise<ImageTensor> {
  const pictures = [...picturesOf([withoutAlpha(image)])]
  const redraw = await redrawerOf(sessions, model, style, amount)
  const drawn: ImageTensor[] = []
  for (const [index, picture] of pictures.entries()) {
    signal.throwIfAborted()
    drawn.push(await redraw(picture))
    onPicture?.(index + 1, pictures.length)
  }
  return concatBatch(drawn)
}

type Redrawer = (picture: ImageTensor) => Promise<ImageTensor>

async function redrawerOf(
  sessions: Sessions,
  model: StyleModel,
  style: ImageTensor | undefined,
  amount: number,
): Promise<Redrawer> {
  if (model.kind === 'fixed') {
    return (picture) =>
      atMultipleOf(4, picture, async (padded) => {
        const drawn = await run(sessions, model, { picture: planesOf(padded, { low: 0, high: 255 }) })
        return blended(padded, imageOfPlanes(drawn, { low: 0, high: 255 }), amount)
      })
  }
  if (!style) throw new RangeError(`${model.name} takes the style of a picture: link one to style`)
  const shown = withoutAlpha(style)
  if (model.kind === 'adaptive') {
    const first = [...picturesOf([shown])][0] ?? shown
    const seen = planesOf(shrunk(first), { low: 0, high: 1 })
    return (picture) =>
      atMultipleOf(8, picture, async (padded) => {
        const feeds = { picture: planesOf(padded, { low: 0, high: 1 }), style: seen, amount: float32([], [amount]) }
        return imageOfPlanes(await run(sessions, model, feeds), { low: 0, high: 1 })
      })
  }
  const { imageSize } = model.config
  const seen = resizeToFit(shown, { width: imageSize, height: imageSize }, 'cover', 'bilinear')
  const code = await meanStyleCode(sessions, model, planesOf(seen))
  return async (picture) => {
    const small = resizeImage(picture, sizeNear(imageSize, picture), 'bilinear')
    const drawn = imageOfPlanes(await run(sessions, model, { picture: planesOf(small), code }))
    return withDifference(picture, small, drawn, amount)
  }
}

async function run(
  sessions: Sessions,
  model: StyleModel,
  feeds: Parameters<Parameters<Parameters<Sessions['with']>[1]>[0]['run']>[0],
) {
  return sessions.with(styleSession(model), async (session) =>
    requireFloat32((await session.run(feeds)).drawn, `The style network ${model.name}`),
  )
}

/** The size at which a network that was trained on squares sees a picture: its shorter side is theirs. */
function sizeNear(side: number, picture: ImageTensor): { readonly width: number; readonly height: number } {
  const { width, height } = sizeOfImage(picture)
  const factor = side / Math.min(width, height)
  const near = (length: number): number => Math.max(8, Math.round((length * factor) / 8) * 8)
  return { width: near(width), height: near(height) }
}

/** What the network changed in the small picture, added to the large one: its detail stays. */
function withDifference(picture: ImageTensor, small: ImageTensor, drawn: ImageTensor, amount: number): ImageTensor {
  const change = float32(
    small.shape,
    small.data.map((value, i) => numberAt(drawn.data, i) - value),
  )
  const { width, height } = sizeOfImage(picture)
  const enlarged = resizeImage(change, { width, height }, 'bilinear')
  return float32(
    picture.shape,
    picture.data.map((value, i) => clamped(value + amount * numberAt(enlarged.data, i))),
  )
}

function blended(picture: ImageTensor, drawn: ImageTensor, amount: number): ImageTensor {
  return float32(
    picture.shape,
    picture.data.map((value, i) => clamped(value + amount * (numberAt(drawn.data, i) - value))),
  )
}

const clamped = (value: number): number => Math.min(1, Math.max(0, value))

/** The side of style pictures that AdaIN looks at, at most: statistics of more are the same. */
const largestStyle = 512

function shrunk(style: ImageTensor): ImageTensor {
  const { width, height } = sizeOfImage(style)
  const factor = Math.min(1, largestStyle / Math.max(width, height))
  const near = (length: number): number => Math.max(16, Math.round((length * factor) / 8) * 8)
  return resizeImage(style, { width: near(width), height: near(height) }, 'bilinear')
}

/** Mirrors a picture beyond its right and lower edge to whole multiples, and cuts what comes back. */
async function atMultipleOf(multiple: number, picture: ImageTensor, draw: Redrawer): Promise<ImageTensor> {
  const { width, height } = sizeOfImage(picture)
  const near = (length: number): number => Math.ceil(length / multiple) * multiple
  const size = { width: near(width), height: near(height) }
  if (size.width === width && size.height === height) return draw(picture)
  return cropImage(await draw(mirroredTo(picture, size)), { x: 0, y: 0, width, height })
}

function mirroredTo(picture: ImageTensor, size: { readonly width: number; readonly height: number }): ImageTensor {
  const { width, height, channels } = sizeOfImage(picture)
  const inside = (position: number, length: number): number =>
    position < length ? position : Math.max(0, 2 * length - 2 - position)
  const data = new Float32Array(size.width * size.height * channels)
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      const from = (inside(y, height) * width + inside(x, width)) * channels
      data.set(picture.data.subarray(from, from + channels), (y * size.width + x) * channels)
    }
  }
  return float32([1, size.height, size.width, channels], data)
}
