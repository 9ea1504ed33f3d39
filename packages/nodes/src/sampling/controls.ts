import type { Tensor } from '@patchbay/onnx/tensor'
import { isWithin, sigmaRangeOf, type Formulas, type SigmaRange } from '../diffusion/index.ts'
import { resizeToFit } from '../image/fit.ts'
import { cropImage, type Rectangle } from '../image/geometry.ts'
import { planesOf, withoutAlpha, type ImageTensor } from '../image/image.ts'
import { cutToShape } from '../image/interpolation/cut-to-shape.ts'
import { interpolate } from '../image/interpolation/interpolate.ts'
import type { AppliedControl } from '../networks/control-net.ts'
import type { Control } from '../values/conditioning.ts'
import type { DiffusionModel } from '../values/diffusion-model.ts'
import { sizeOfLatents } from '../values/latents.ts'

/** A ControlNet with its hint in the size it works in, and the noise levels at which it acts. */
export interface TimedControl extends AppliedControl {
  readonly range: SigmaRange
  /** What the hint was made of: two controls of one picture show the same. */
  readonly image: Tensor
}

/**
 * Makes ready what ControlNets are shown: in the size of the picture, or of the area of it (in latents) that their
 * prompt guides.
 * @throws RangeError for a ControlNet that was trained for latents of another size
 */
export function timedControls(
  model: DiffusionModel,
  latents: Tensor,
  controls: readonly Control[],
  area?: Rectangle,
  formulas: Formulas = 'published',
): readonly TimedControl[] {
  const { height, width } = sizeOfLatents(latents)
  const scale = model.latentScale
  return controls.map(({ controlNet, image, strength, during }) => {
    const hintScale = 2 ** (controlNet.config.hintBlockChannels.length - 1)
    if (hintScale !== scale) {
      throw new RangeError(
        `The ControlNet ${controlNet.path} is for latents of 1/${hintScale} the picture, but this model's are 1/${scale}: it was trained for another family`,
      )
    }
    const size = { height: height * scale, width: width * scale }
    const cell = area && {
      x: area.x * scale,
      y: area.y * scale,
      width: area.width * scale,
      height: area.height * scale,
    }
    const seen = formulas === 'comfyui' ? wholeHint(image, cell ?? size) : croppedHint(image, size, cell)
    return {
      controlNet,
      image,
      hint: planesOf(seen, { low: 0, high: 1 }),
      strength,
      range: sigmaRangeOf(model.process, ...during),
    }
  })
}

type Size = Pick<Rectangle, 'width' | 'height'>

/** What of a picture an area shows when the picture covers the whole of it. */
function croppedHint(image: ImageTensor, size: Size, cell: Rectangle | undefined): ImageTensor {
  const fitting = resizeToFit(withoutAlpha(image), size, 'cover', 'bilinear')
  return cell ? cropImage(fitting, cell) : fitting
}

/** ComfyUI shows an area the whole picture, its middle cut to the area's proportions, and takes the nearest pixels. */
function wholeHint(image: ImageTensor, { height, width }: Size): ImageTensor {
  return interpolate(cutToShape(withoutAlpha(image), 1, { height, width }), 1, { height, width }, 'nearest')
}

/** The controls that act at this noise level. */
export function controlsAt(controls: readonly TimedControl[] | undefined, sigma: number): readonly TimedControl[] {
  return controls?.filter(({ range }) => isWithin(range, sigma)) ?? []
}
