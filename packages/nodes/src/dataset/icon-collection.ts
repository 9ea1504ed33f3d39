/**
 * The part of Iconify's JSON that pictures need: bodies without their <svg> element, and names that point at other
 * names.
 */
export interface IconCollection {
  readonly icons: Readonly<Record<string, Icon>>
  readonly aliases?: Readonly<
    Record<
      string,
      { readonly parent: string; readonly hFlip?: boolean; readonly vFlip?: boolean; readonly rotate?: number }
    >
  >
  readonly width?: number
  readonly height?: number
}

interface Icon {
  readonly body: string
  readonly left?: number
  readonly top?: number
  readonly width?: number
  readonly height?: number
}

/** Throws a sentence naming `source` when the parsed JSON is no icon collection. */
export function parseIconCollection(json: unknown, source: string): IconCollection {
  if (!isRecord(json) || !isRecord(json['icons'])) {
    throw new Error(
      `"${source}" is no icon collection: expected an object with an "icons" object, as Iconify's icons.json has.`,
    )
  }
  for (const [name, icon] of Object.entries(json['icons'])) {
    if (!isRecord(icon) || typeof icon['body'] !== 'string') {
      throw new Error(`Icon "${name}" in "${source}" has no "body" text.`)
    }
  }
  return json as unknown as IconCollection
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The SVG document of the icon called `name`, also under an alias that turns nothing; undefined when there is none. */
export function svgOf(collection: IconCollection, name: string): string | undefined {
  const alias = collection.aliases?.[name]
  const turned = alias !== undefined && (alias.hFlip === true || alias.vFlip === true || (alias.rotate ?? 0) !== 0)
  const icon = Object.hasOwn(collection.icons, name)
    ? collection.icons[name]
    : alias && !turned
      ? collection.icons[alias.parent]
      : undefined
  if (!icon) return undefined
  const box = [
    icon.left ?? 0,
    icon.top ?? 0,
    icon.width ?? collection.width ?? 16,
    icon.height ?? collection.height ?? 16,
  ]
  // Without the xlink namespace some Noto icons fail to parse.
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="${box.join(' ')}" ` +
    `width="${box[2]}" height="${box[3]}">${icon.body}</svg>`
  )
}
