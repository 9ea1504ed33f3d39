/** What the names of picture files that are opened end in. */
export const pictureEndings: readonly string[] = [
  '.png',
  '.apng',
  '.jpg',
  '.jpeg',
  '.webp',
  '.avif',
  '.gif',
  '.tif',
  '.tiff',
  '.bmp',
  '.svg',
]
