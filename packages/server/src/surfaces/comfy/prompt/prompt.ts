import type { JsonObject, JsonValue } from '@patchbay/engine/workflow'
import { isJsonObject } from '../../../is-json-object.ts'

/**
 * A graph in ComfyUI's API format: nodes by id, links as `[id, slot]` among the values. A map, since an id is any text:
 * an object has members that nobody put there, such as `constructor`.
 */
export type ComfyPrompt = ReadonlyMap<string, ComfyNode>
/** An alias rather than an interface, so that the compiler sees that a prompt is JSON. */
export type ComfyNode = {
  readonly class_type: string
  readonly inputs: JsonObject
  readonly _meta?: JsonObject
}
export interface ComfyLink {
  readonly id: string
  readonly slot: number
}

/** A link is a list of exactly a text and a number; any other list is a mistake unless wrapped in `{ __value__ }`. */
export function linkOf(value: JsonValue | undefined): ComfyLink | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined
  const [id, slot]: readonly unknown[] = value
  return typeof id === 'string' && typeof slot === 'number' ? { id, slot } : undefined
}

/** A value as the node gets it. */
export function unwrapped(value: JsonValue): JsonValue {
  return isJsonObject(value) && value['__value__'] !== undefined ? value['__value__'] : value
}

/** The nodes of an untrusted prompt. A node without a class keeps an empty one, which no class has. */
export function promptOf(json: unknown): ComfyPrompt | undefined {
  if (!isJsonObject(json)) return undefined
  const nodes = Object.entries(json).map(([id, node]): [string, ComfyNode] => {
    const fields = isJsonObject(node) ? node : {}
    const { class_type: type, inputs, _meta: meta } = fields
    return [
      id,
      {
        class_type: typeof type === 'string' ? type : '',
        inputs: isJsonObject(inputs) ? inputs : {},
        ...(isJsonObject(meta) ? { _meta: meta } : {}),
      },
    ]
  })
  return new Map(nodes)
}

/** The prompt as JSON. */
export const promptJson = (prompt: ComfyPrompt): { readonly [id: string]: ComfyNode } => Object.fromEntries(prompt)

/** JSON text that is put into a body as it stands. */
export class RawJson {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/**
 * JSON in which whole numbers past 2^53 are numbers again: they came in as numbers, are carried as decimal texts, and
 * ComfyUI's clients expect them back as they sent them.
 */
export function exactJson(value: unknown): string {
  const mark = '\u0001'
  const raw: RawJson[] = []
  return JSON.stringify(value, (_key, member: unknown) => {
    if (member instanceof RawJson) return `${mark}raw${raw.push(member) - 1}`
    return typeof member === 'string' && isPastSafe(member) ? `${mark}${member}` : member
  })
    .replace(/"\\u0001(-?\d+)"/g, '$1')
    .replace(/"\\u0001raw(\d+)"/g, (_all, index: string) => raw[Number(index)]?.text ?? 'null')
}
const isPastSafe = (text: string): boolean =>
  /^-?[1-9]\d{15,19}$/.test(text) &&
  !Number.isSafeInteger(Number(text)) &&
  BigInt(text) < 2n ** 64n &&
  BigInt(text) > -(2n ** 63n)
