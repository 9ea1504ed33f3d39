import type { JsonValue } from '@patchbay/engine/workflow'
import { type JsonWriting, writeJson } from '../../../json-writing.ts'
import type { ComfyClasses } from '../classes/comfy-class.ts'
import type { ComfyPrompt } from './prompt.ts'

/**
 * The text of a checked prompt, as history and pictures carry it: nodes and inputs in the order of the request,
 * declared floats with a fraction (`5.0`), integers with all their digits, and the rest as the request wrote it.
 */
export function promptText(prompt: ComfyPrompt, classes: ComfyClasses, writing: JsonWriting): string {
  const inOrder = (path: readonly string[], keys: readonly string[]): readonly string[] => {
    const written = writing.keysAt(path)
    return written ? [...keys].sort((a, b) => written.indexOf(a) - written.indexOf(b)) : keys
  }
  const nodes = inOrder([], [...prompt.keys()]).map((id) => {
    const { class_type: type = '', inputs = {}, _meta: meta } = prompt.get(id) ?? {}
    const declared = new Map(classes.get(type)?.inputs.map((input) => [input.name, input.type]))
    const written = inOrder([id, 'inputs'], Object.keys(inputs)).map((name) => {
      const value = inputs[name] ?? null
      const text = numberText(value, declared.get(name)) ?? writeJson(value, writing, [id, 'inputs', name])
      return `${JSON.stringify(name)}:${text}`
    })
    const fields = [`"class_type":${JSON.stringify(type)}`, `"inputs":{${written.join(',')}}`]
    if (meta) fields.push(`"_meta":${writeJson(meta, writing, [id, '_meta'])}`)
    return `${JSON.stringify(id)}:{${fields.join(',')}}`
  })
  return `{${nodes.join(',')}}`
}

function numberText(value: JsonValue, type: string | undefined): string | undefined {
  if (type === 'FLOAT' && typeof value === 'number') return floatText(value)
  const isLarge = type === 'INT' && typeof value === 'string' && /^-?\d+$/.test(value)
  return isLarge || (type === 'INT' && typeof value === 'number') ? String(value) : undefined
}

/** A float as Python writes it: always with a fraction or an exponent. */
export function floatText(value: number): string {
  const text = String(value)
  return /^-?\d+$/.test(text) ? `${text}.0` : text
}
