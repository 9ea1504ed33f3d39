import type { JsonObject, JsonValue } from './json.ts'

/** What the editor, the API and the documentation know of a node definition: derived from it, plain JSON. */
export interface NodeManifest {
  readonly type: string
  readonly version: number
  readonly label: string
  /** Slash-separated, e.g. `sampling` or `image/transform`. */
  readonly category: string
  readonly description: string
  /** Other names people search by. */
  readonly aliases: readonly string[]
  /** In display order. */
  readonly inputs: readonly InputManifest[]
  readonly outputs: readonly OutputManifest[]
  readonly sideEffect: boolean
  /** Set when the definition takes inputs that it did not declare; they are of these socket types. */
  readonly dynamicInputs?: { readonly types: readonly string[]; readonly min?: number; readonly max?: number }
  readonly deprecated?: string
  readonly experimental?: boolean
}

export type InputManifest = LinkInputManifest | ValueInputManifest
interface InputManifestBase {
  readonly name: string
  readonly label: string
  readonly description?: string
  /** Names of the socket types that fit; `*` is any. A value input can be linked too, from the type of its value. */
  readonly types: readonly string[]
}
export interface LinkInputManifest extends InputManifestBase {
  readonly kind: 'link'
  readonly optional: boolean
  /** Asked for while running; may never be. */
  readonly lazy: boolean
  /** Takes several links, and whole lists. */
  readonly list: boolean
}
export interface ValueInputManifest extends InputManifestBase {
  readonly kind: 'value'
  readonly widget: Widget
  readonly default: JsonValue
  /** JSON Schema of the value. */
  readonly schema: JsonObject
  /** Shown only when asked for. */
  readonly advanced?: boolean
  /** It may be left out where an interface lists what must be given. */
  readonly optional?: boolean
}

/**
 * The control of a value. Numbers are in the unit of the value; a seed is unsigned 64-bit, as a decimal string past
 * 2^53.
 */
export type Widget =
  | {
      readonly type: 'int' | 'float'
      readonly min: number
      readonly max: number
      readonly step: number
      readonly slider?: boolean
      readonly unit?: string
    }
  | { readonly type: 'text'; readonly multiline: boolean; readonly placeholder?: string }
  | { readonly type: 'choice'; readonly options: readonly string[] }
  | { readonly type: 'toggle' }
  | { readonly type: 'seed' }
  /**
   * A file of the host: `folder` is `input`, `output`, or a model folder such as `checkpoints`. Its choices are listed
   * by the server.
   */
  | { readonly type: 'file'; readonly folder: string; readonly accept: readonly string[] }
  | { readonly type: 'color' }
  /** A piecewise curve: `[[x, y], …]`, both 0 to 1. */
  | { readonly type: 'curve' }
  | { readonly type: 'json' }
  /** The name of a sub-workflow of the same document. */
  | { readonly type: 'workflow' }

export interface OutputManifest {
  readonly name: string
  readonly label: string
  readonly description?: string
  readonly type: string
  /** The whole list goes out; an input that takes one at a time then runs its node once for each. */
  readonly list: boolean
}

/** How a socket type looks, by name. */
export interface SocketTypeManifest {
  readonly name: string
  readonly label: string
  readonly description?: string
  /** CSS colour that reads on light and dark. */
  readonly color: string
}

/** An allowed conversion between socket types, applied where a link crosses them. */
export interface CoercionManifest {
  readonly from: string
  readonly to: string
}

/** Everything a host offers, as its registry knows it. */
export interface RegistryManifest {
  readonly nodes: readonly NodeManifest[]
  readonly socketTypes: readonly SocketTypeManifest[]
  readonly coercions: readonly CoercionManifest[]
}
