import sharp from 'sharp'

/** Pixels row by row, four bytes each: red, green, blue (already multiplied by alpha) and alpha. */
export interface PremultipliedPicture {
  readonly width: number
  readonly height: number
  readonly pixels: Uint8Array
}

/** The resolution at which librsvg draws one CSS pixel as one pixel. */
const cssDensity = 72

/**
 * Draws an SVG document on a transparent square of `size` × `size` pixels, keeping its aspect ratio and centring it.
 */
export async function rasterizeSvg(svg: string, size: number): Promise<PremultipliedPicture> {
  const document = Buffer.from(svg)
  const { width, height } = await sharp(document, { density: cssDensity }).metadata()
  // Drawn at the wanted scale at once, so that lines are not softened by a second resampling.
  const density = Math.min(Math.max((cssDensity * size) / Math.max(width, height), 1), 100_000)
  const straight = await sharp(document, { density })
    .resize(size, size, { fit: 'contain', background: { r: 0, g: 0, b: 0, alpha: 0 } })
    .ensureAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer()
  return { width: size, height: size, pixels: premultiplied(straight) }
}

function premultiplied(straight: Uint8Array): Uint8Array {
  const pixels = new Uint8Array(straight.length)
  for (let i = 0; i < straight.length; i += 4) {
    const alpha = straight[i + 3]
    for (let channel = 0; channel < 3; channel++) {
      pixels[i + channel] = Math.round((straight[i + channel] * alpha) / 255)
    }
    pixels[i + 3] = alpha
  }
  return pixels
}
