import type { Response } from 'express'
import type { JsonDetails, JsonValue } from '@patchbay/engine/workflow'

export type JsonPath = readonly (string | number)[]

/** How the text of a JSON document wrote what its value does not say: `5.0`, integers past 2^53, the order of keys. */
export interface JsonWriting {
  /** The text of the number at a place, if JavaScript would write it otherwise. */
  numberAt(path: JsonPath): string | undefined
  /** The keys of the object at a place as they stood, if JavaScript keeps them otherwise. */
  keysAt(path: JsonPath): readonly string[] | undefined
}

/** Gathers while a text is parsed. */
export function createWriting(): JsonWriting & Required<JsonDetails> {
  const numbers = new Map<string, string>()
  const orders = new Map<string, readonly string[]>()
  const key = (path: JsonPath) => JSON.stringify(path)
  return {
    number: (path, text) => void numbers.set(key(path), text),
    order: (path, keys) => void orders.set(key(path), keys),
    numberAt: (path) => (numbers.size === 0 ? undefined : numbers.get(key(path))),
    keysAt: (path) => (orders.size === 0 ? undefined : orders.get(key(path))),
  }
}
const nothingKnown: JsonWriting = createWriting()

/** How the members of a body that hold a prompt and its `extra_data` were written. */
export function writingsOf({ locals }: Response, prompt: string): { prompt: JsonWriting; extraData: JsonWriting } {
  const { writing = nothingKnown }: { writing?: JsonWriting } = locals
  return { prompt: writingUnder(writing, prompt), extraData: writingUnder(writing, 'extra_data') }
}

/** The writing of a part of the document, whose paths begin there. */
function writingUnder(writing: JsonWriting, ...parts: JsonPath): JsonWriting {
  return {
    numberAt: (path) => writing.numberAt([...parts, ...path]),
    keysAt: (path) => writing.keysAt([...parts, ...path]),
  }
}

/** JSON text of a value as its document wrote it: numbers by their own text, keys in their own order. */
export function writeJson(value: JsonValue, writing: JsonWriting, path: JsonPath = []): string {
  if (Array.isArray(value)) {
    // The type guard of an array says nothing of its members.
    const members = value as readonly JsonValue[]
    return `[${members.map((member, index) => writeJson(member, writing, [...path, index])).join(',')}]`
  }
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value)
    const keys = writing.keysAt(path)
    if (keys) fields.sort(([a], [b]) => keys.indexOf(a) - keys.indexOf(b))
    const written = fields.map(
      ([key, member]) => `${JSON.stringify(key)}:${writeJson(member, writing, [...path, key])}`,
    )
    return `{${written.join(',')}}`
  }
  return writing.numberAt(path) ?? JSON.stringify(value)
}
