import { type JsonObject, type JsonValue, jsonLimits, parseJson } from '@patchbay/engine/workflow'
import type { StoredJob } from '../../../store/stored-job.ts'
import { isJsonObject } from '../../../is-json-object.ts'
import { type ComfyPrompt, promptOf } from '../prompt/prompt.ts'

/** What this surface keeps with a job. */
export interface ComfyOrigin {
  readonly clientId?: string
  readonly prompt: ComfyPrompt
  /** The same as it is shown: exact numbers, nodes in the order of the request. */
  readonly promptText: string
  readonly extraData: JsonObject
  readonly outputs: readonly string[]
  /** Nodes whose pictures go over the socket alone. */
  readonly sending: readonly string[]
  readonly number: number
  /** The ComfyUI id of each native node. */
  readonly idOf: ReadonlyMap<string, string>
  /** Labels that a client of API v2 keeps with the job. */
  readonly metadata?: { readonly [key: string]: string }
}

/** As it is stored. */
export function originJson({ prompt: _prompt, idOf, ...fields }: ComfyOrigin): JsonObject {
  return { ...fields, idOf: Object.fromEntries(idOf) }
}

/** Reads what was stored with a job; undefined for a job of another surface. */
export function comfyOriginOf({ origin }: Pick<StoredJob, 'origin'>): ComfyOrigin | undefined {
  if (origin?.surface !== 'comfy') return undefined
  const { clientId, promptText, extraData, outputs, sending, number, idOf, metadata } = origin.details ?? {}
  const text = typeof promptText === 'string' ? promptText : '{}'
  let prompt: ComfyPrompt | undefined
  return {
    // Lists of jobs seldom look into it.
    get prompt() {
      return (prompt ??= promptIn(text))
    },
    promptText: text,
    extraData: isJsonObject(extraData) ? extraData : {},
    outputs: textsIn(outputs),
    sending: textsIn(sending),
    number: typeof number === 'number' ? number : 0,
    idOf: new Map(textEntries(idOf)),
    metadata: Object.fromEntries(textEntries(metadata)),
    ...(typeof clientId === 'string' ? { clientId } : {}),
  }
}
function promptIn(text: string): ComfyPrompt {
  const parsed = parseJson(text, { ...jsonLimits, python: true })
  return (parsed.ok ? promptOf(parsed.value) : undefined) ?? new Map()
}
const textEntries = (json: JsonValue | undefined): [string, string][] =>
  Object.entries(isJsonObject(json) ? json : {}).flatMap(([key, value]) =>
    typeof value === 'string' ? [[key, value]] : [],
  )
const textsIn = (value: JsonValue | undefined): string[] =>
  Array.isArray(value) ? value.filter((text: unknown) => typeof text === 'string') : []

/** Native ids of nodes made at run time are paths; what ComfyUI shows is the node that made them. */
export function displayIdOf(native: string, idOf: ComfyOrigin['idOf']): string {
  const [root = native] = native.split('/')
  return idOf.get(native) ?? idOf.get(root) ?? root
}

/** A node as ComfyUI's messages name it: by its own id, the one that is shown, and the one that made it. */
export interface ExecutionId {
  readonly node: string
  readonly display: string
  readonly parent: string | null
  /** Does the work of a part of a ComfyUI node, beside its main part. */
  readonly isPart: boolean
}
export function executionIdOf(native: string, idOf: ComfyOrigin['idOf']): ExecutionId {
  const display = displayIdOf(native, idOf)
  const [root = native, ...path] = native.split('/')
  const parent = path.length === 0 ? null : [display, ...path.slice(0, -1)].join('.')
  return { node: [display, ...path].join('.'), display, parent, isPart: path.length === 0 && root.includes('~') }
}

/** The class of a node of the prompt, as messages carry it. */
export function classTypeIn(prompt: ComfyPrompt, node: string): string | null {
  return prompt.get(node)?.class_type ?? null
}
