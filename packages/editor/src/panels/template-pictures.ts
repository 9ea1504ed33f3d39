const files = import.meta.glob<string>('../../pictures/*.webp', { query: '?url', import: 'default', eager: true })

/**
 * What the shipped templates made when they were run: the address of a picture by the template's id. `npm run
 * pictures results` remakes them.
 */
export const templatePictures: ReadonlyMap<string, string> = new Map(
  Object.entries(files).map(([path, address]) => [path.slice(path.lastIndexOf('/') + 1, -'.webp'.length), address]),
)
