import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { iconPackages, keywordPackage, namePackage } from '../dataset/icon-packages.ts'

const corner = (color: string) => ({ body: `<path fill="${color}" d="M0 0h5v5H0z"/>` })

/**
 * Puts two icons of every style where fetched packages are kept, as if they had been fetched: a dog and a red apple.
 */
export function writeIconCache(cacheFolder: string): void {
  const put = ({ name, version }: { readonly name: string; readonly version: string }, file: string, json: unknown) => {
    const folder = join(cacheFolder, 'packages', `${name.replaceAll('/', '+')}@${version}`, 'node_modules', name)
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, 'package.json'), '{}')
    writeFileSync(join(folder, file), JSON.stringify(json))
  }
  put(namePackage, 'data-by-emoji.json', {
    '🐶': { name: 'dog face', slug: 'dog_face', group: 'Animals & Nature' },
    '🍎': { name: 'red apple', slug: 'red_apple', group: 'Food & Drink' },
  })
  put(keywordPackage, 'dist/emoji-en-US.json', { '🐶': ['puppy'], '🍎': ['fruit'] })
  for (const [index, icons] of iconPackages.entries()) {
    const dog = corner(`rgb(90, ${40 + index * 20}, 30)`)
    put(icons, 'icons.json', { width: 10, height: 10, icons: { 'dog-face': dog, 'red-apple': corner('red') } })
  }
}
