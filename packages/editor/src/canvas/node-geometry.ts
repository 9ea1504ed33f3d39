import type {
  InputManifest,
  NodeInstance,
  NodeLayout,
  NodeManifest,
  OutputManifest,
  Point,
  ValueInputManifest,
} from '@patchbay/engine/workflow'

/**
 * Canvas pixels. A node's shape follows from its manifest and layout alone, so links are drawn without measuring the
 * page.
 */
export const metrics = {
  width: 260,
  minWidth: 160,
  maxWidth: 900,
  header: 34,
  row: 26,
  gap: 4,
  padding: 8,
  text: 84,
  curve: 120,
  json: 56,
  thumbnail: 120,
  picture: 320,
  /** What an unknown node says of itself. */
  notice: 68,
  /** The line that shows or hides advanced inputs. */
  more: 20,
} as const

export interface Row {
  readonly y: number
  readonly height: number
  readonly input?: InputManifest
  readonly output?: OutputManifest
  /** The row shows the widget of its input. */
  readonly widget: boolean
}

export interface NodeGeometry {
  readonly width: number
  readonly height: number
  readonly rows: readonly Row[]
  readonly inputs: ReadonlyMap<string, Point>
  readonly outputs: ReadonlyMap<string, Point>
  /** Where the node's picture goes; absent without one. */
  readonly picture?: { readonly y: number; readonly height: number }
  /** The line that shows or hides advanced inputs; absent where there are none. */
  readonly more?: { readonly y: number; readonly count: number }
}

export interface GeometryOptions {
  readonly advanced?: boolean
  /** Width through height of the picture under the rows. */
  readonly pictureAspect?: number | undefined
}

export function geometryOf(
  manifest: NodeManifest | undefined,
  instance: NodeInstance,
  layout: NodeLayout | undefined,
  options: GeometryOptions = {},
): NodeGeometry {
  const width = Math.min(metrics.maxWidth, Math.max(metrics.minWidth, layout?.width ?? metrics.width))
  const inputs = manifest ? inputsOf(manifest, instance) : undeclaredInputs(instance)
  const outputs = manifest?.outputs ?? []
  const shown = inputs.filter((input) => !isHidden(input, instance, options.advanced ?? false))
  const picture = options.pictureAspect ? Math.min(metrics.picture, width / options.pictureAspect) : 0
  const collapsed = layout?.collapsed ?? false
  const count = inputs.filter((input) => isHidden(input, instance, false)).length
  const moreHeight = count > 0 ? metrics.more + metrics.gap : 0
  const { rows, body: rowsEnd, growing } = rowsOf(shown, outputs, instance, layout, picture + moreHeight)
  const more = { y: Math.max(metrics.header + metrics.padding, rowsEnd - metrics.padding + metrics.gap), count }
  const body = manifest ? rowsEnd + moreHeight : rowsEnd + metrics.notice
  const spare = growing ? 0 : Math.max(0, (layout?.height ?? 0) - body - picture)
  const pictureHeight = picture === 0 ? 0 : picture + spare
  return {
    width,
    height: collapsed ? metrics.header : Math.max(body + pictureHeight, layout?.height ?? 0),
    rows: collapsed ? [] : rows,
    inputs: socketPlaces(inputs, collapsed ? [] : rows, (row) => row.input?.name, 0),
    outputs: socketPlaces(outputs, collapsed ? [] : rows, (row) => row.output?.name, width),
    ...(pictureHeight > 0 && !collapsed ? { picture: { y: body, height: pictureHeight } } : {}),
    ...(count > 0 && !collapsed ? { more } : {}),
  }
}

/** Link inputs beside outputs, then one row a value input; `body` is the height without a picture. */
function rowsOf(
  inputs: readonly InputManifest[],
  outputs: readonly OutputManifest[],
  instance: NodeInstance,
  layout: NodeLayout | undefined,
  picture: number,
): { rows: Row[]; body: number; growing: boolean } {
  const sockets = inputs.filter((input) => input.kind === 'link')
  const values = inputs.filter((input) => input.kind === 'value')
  const rows: Row[] = []
  let y = metrics.header + metrics.padding
  for (let index = 0; index < Math.max(sockets.length, outputs.length); index++) {
    const input = sockets[index]
    const output = outputs[index]
    rows.push({ y, height: metrics.row, ...(input ? { input } : {}), ...(output ? { output } : {}), widget: false })
    y += metrics.row
  }
  if (rows.length > 0 && values.length > 0) y += metrics.gap
  const heights = values.map((input) => widgetHeight(input, instance, layout))
  const natural = y + heights.reduce((sum, height) => sum + height + metrics.gap, 0) + metrics.padding - metrics.gap
  const growing = values.filter((input) => grows(input, instance, layout))
  const spare = growing.length > 0 ? Math.max(0, (layout?.height ?? 0) - natural - picture) / growing.length : 0
  for (const [index, input] of values.entries()) {
    const height = (heights[index] ?? metrics.row) + (growing.includes(input) ? spare : 0)
    rows.push({ y, height, input, widget: showsWidget(input, instance, layout) })
    y += height + metrics.gap
  }
  const body =
    values.length > 0 ? y - metrics.gap + metrics.padding : rows.length > 0 ? y + metrics.padding : metrics.header
  return { rows, body, growing: growing.length > 0 }
}

function socketPlaces(
  ends: readonly { readonly name: string }[],
  rows: readonly Row[],
  nameOf: (row: Row) => string | undefined,
  x: number,
): Map<string, Point> {
  const middle = metrics.header / 2
  const rowOf = new Map(rows.map((row) => [nameOf(row), row]))
  return new Map(
    ends.map(({ name }): [string, Point] => {
      const row = rowOf.get(name)
      return [name, { x, y: row ? row.y + metrics.row / 2 : middle }]
    }),
  )
}

/** Declared inputs, then those that a definition takes without declaring: the ones in use and a free one. */
export function inputsOf(manifest: NodeManifest, instance: NodeInstance): readonly InputManifest[] {
  const declared = new Set(manifest.inputs.map((input) => input.name))
  const used = Object.keys(instance.links).filter((name) => !declared.has(name))
  const dynamic = manifest.dynamicInputs
  const types = dynamic?.types ?? ['*']
  if (dynamic && used.length < (dynamic.max ?? 64)) {
    let free = used.length + 1
    while (used.includes(`input${free}`)) free++
    used.push(`input${free}`)
  }
  return used.length === 0 ? manifest.inputs : [...manifest.inputs, ...used.map((name) => openInput(name, types))]
}

/** A node whose definition is missing still shows its links. */
function undeclaredInputs(instance: NodeInstance): InputManifest[] {
  return Object.keys(instance.links).map((name) => openInput(name, ['*']))
}

function openInput(name: string, types: readonly string[]): InputManifest {
  return { kind: 'link', name, label: name, types, optional: true, lazy: false, list: false }
}

function isHidden(input: InputManifest, instance: NodeInstance, advanced: boolean): boolean {
  if (input.kind !== 'value' || input.advanced !== true || advanced) return false
  return !(input.name in instance.values) && !(input.name in instance.links)
}

function showsWidget(
  input: InputManifest,
  instance: NodeInstance,
  layout: NodeLayout | undefined,
): input is ValueInputManifest {
  return input.kind === 'value' && !(input.name in instance.links) && !layout?.sockets?.includes(input.name)
}

function grows(input: InputManifest, instance: NodeInstance, layout: NodeLayout | undefined): boolean {
  if (!showsWidget(input, instance, layout)) return false
  const { widget } = input
  return widget.type === 'curve' || widget.type === 'json' || (widget.type === 'text' && widget.multiline)
}

export function isImageFile(name: unknown): name is string {
  return typeof name === 'string' && /\.(png|jpe?g|webp|gif|avif|bmp)$/i.test(name)
}

function widgetHeight(input: InputManifest, instance: NodeInstance, layout: NodeLayout | undefined): number {
  if (!showsWidget(input, instance, layout)) return metrics.row
  const { widget } = input
  switch (widget.type) {
    case 'text':
      return widget.multiline ? metrics.text : metrics.row
    case 'curve':
      return metrics.curve
    case 'json':
      return metrics.json
    case 'file':
      return isImageFile(instance.values[input.name] ?? input.default) ? metrics.row + metrics.thumbnail : metrics.row
    case 'int':
    case 'float':
    case 'choice':
    case 'toggle':
    case 'seed':
    case 'color':
    case 'workflow':
      return metrics.row
  }
}
