import { alternatives, listed, nearestName } from '../definition/nearest-name.ts'
import {
  given,
  type Issue,
  type IssueCode,
  type JsonObject,
  type JsonValue,
  naturalOrder,
  type NodeInstance,
} from '../workflow/index.ts'
import type { AnyNodeDefinition } from '../definition/define-node.ts'
import { asList, type FlatGraph, type FlatNode, type FlatSource } from './flatten.ts'
import type { Input } from '../definition/input.ts'
import { type Coercion, type Registered, type Registry, socketTypeOf } from '../definition/registry.ts'
import { AnyType, type SocketType } from '../definition/socket-type.ts'

/** A node whose values and links have been looked at. It may still have issues. */
export interface CheckedNode {
  readonly flat: FlatNode
  readonly registered: Registered
  /** Defaults filled, without linked inputs. */
  readonly values: JsonObject
  readonly inputs: CheckedInput[]
}
export interface CheckedInput {
  readonly name: string
  readonly declared: Input
  readonly isDynamic: boolean
  sources: CheckedSource[]
}
export type CheckedSource =
  | { readonly type: 'output'; readonly node: FlatNode; readonly output: string; readonly coercion?: Coercion }
  | { readonly type: 'outside'; readonly name: string; readonly coercion?: Coercion }
  | { readonly type: 'muted' }

/** The socket type of what comes from outside of the graph; `*` when it is not known before the run. */
export type OutsideType = (name: string) => SocketType

/**
 * Looks up a node's definition, brings it to the current version, and checks its values and links, telling every
 * issue.
 */
export class NodeChecker {
  private readonly registry: Registry
  private readonly graph: FlatGraph
  private readonly outsideType: OutsideType
  readonly issues: Issue[] = []

  constructor(registry: Registry, graph: FlatGraph, outsideType: OutsideType = () => AnyType) {
    this.registry = registry
    this.graph = graph
    this.outsideType = outsideType
  }

  check(flat: FlatNode): CheckedNode | undefined {
    const registered = this.registry.lookUp(flat.instance.type)
    if (!registered) {
      const near = nearestName(flat.instance.type, this.registry.nodes.keys())
      const hint = near === undefined ? 'Is a node pack missing?' : `Did you mean "${near}"?`
      this.report(flat, 'unknown-type', 'type', `there is no node type "${flat.instance.type}". ${hint}`)
      return undefined
    }
    const instance = this.migrated(flat, registered.definition)
    if (!instance) return undefined
    const literals: Record<string, JsonValue> = { ...instance.values }
    const places = new Map<string, string>()
    const inputs = this.inputsOf(flat, instance, registered.definition, literals, places)
    this.checkValues(flat, registered, literals, places)
    const values = { ...registered.defaults, ...literals }
    for (const { name } of inputs) delete values[name]
    return { flat, registered, values, inputs }
  }

  private migrated(flat: FlatNode, definition: AnyNodeDefinition): NodeInstance | undefined {
    const { instance } = flat
    if (instance.version === definition.version) return instance
    if (instance.version > definition.version) {
      this.report(
        flat,
        'unknown-version',
        'version',
        `it was written for version ${instance.version} of its type, and only ${definition.version} is here. Update the nodes.`,
      )
      return undefined
    }
    let { values, links }: Pick<NodeInstance, 'values' | 'links'> = instance
    for (let version = instance.version; version < definition.version; version++) {
      const step = definition.migrate?.[version]
      if (!step) {
        this.report(
          flat,
          'unknown-version',
          'version',
          `it was written for version ${instance.version} of its type, and there is no migration from version ${version} to ${version + 1}.`,
        )
        return undefined
      }
      ;({ values, links } = step({ values, links }))
    }
    return { ...instance, version: definition.version, values, links }
  }

  /** The linked inputs. Literals that come by way of a sub-workflow go into `literals`, their places into `places`. */
  private inputsOf(
    flat: FlatNode,
    instance: NodeInstance,
    definition: AnyNodeDefinition,
    literals: Record<string, JsonValue>,
    places: Map<string, string>,
  ): CheckedInput[] {
    const inputs: CheckedInput[] = []
    const { links } = instance
    for (const name in definition.inputs) {
      const declared = definition.inputs[name]
      if (!declared) continue
      const linked = Object.hasOwn(links, name) ? links[name] : undefined
      const before = this.issues.length
      const sources: CheckedSource[] = []
      let nothing: (FlatSource & { type: 'nothing' }) | undefined
      for (const source of linked ? this.resolve(flat, name, asList(linked)) : []) {
        if (source.type === 'literal') {
          if (declared.kind === 'value') {
            literals[name] = source.value
            places.set(name, source.path)
          } else
            this.report(
              flat,
              'invalid-value',
              `links.${name}`,
              `input "${name}" takes a link, not a value.`,
              name,
              source.path,
            )
        } else if (source.type === 'nothing') nothing = source
        else sources.push(this.typed(flat, name, declared, source))
      }
      if (sources.length > 1 && !(declared.kind === 'link' && declared.list)) {
        this.report(
          flat,
          'too-many-links',
          `links.${name}`,
          `input "${name}" takes one link, not ${sources.length}.`,
          name,
        )
      }
      if (sources.length > 0) inputs.push({ name, declared, isDynamic: false, sources })
      else if (declared.kind === 'link' && !declared.optional && this.issues.length === before) {
        const from = listed(declared.types.map((type) => type.name))
        this.report(
          flat,
          'missing-link',
          `links.${name}`,
          `input "${name}" needs a link from ${from}.`,
          name,
          nothing?.path,
        )
      }
    }
    inputs.push(...this.dynamicInputsOf(flat, links, definition))
    return inputs
  }

  private dynamicInputsOf(flat: FlatNode, links: NodeInstance['links'], definition: AnyNodeDefinition): CheckedInput[] {
    const { dynamicInputs } = definition
    const names = Object.keys(links).filter((name) => !Object.hasOwn(definition.inputs, name))
    if (!dynamicInputs) {
      for (const name of names) {
        this.report(flat, 'unknown-input', `links.${name}`, noInput(name, definition), name)
      }
      return []
    }
    const inputs = names.sort(naturalOrder).map((name): CheckedInput => {
      const declared = dynamicInputs.each
      const linked = links[name]
      const sources = linked ? this.resolve(flat, name, asList(linked)) : []
      const typed = sources.flatMap((source) => (isFeeding(source) ? [this.typed(flat, name, declared, source)] : []))
      return { name, declared, isDynamic: true, sources: typed }
    })
    const { min = 0, max = Infinity } = dynamicInputs
    if (inputs.length < min)
      this.report(flat, 'missing-link', 'links', `it needs at least ${min} more inputs, and has ${inputs.length}.`)
    if (inputs.length > max)
      this.report(flat, 'too-many-links', 'links', `it takes at most ${max} more inputs, and has ${inputs.length}.`)
    return inputs.filter(({ sources }) => sources.length > 0)
  }

  /**
   * The types that an output of any type can give, by what feeds the inputs that it passes on; empty where unknown.
   */
  private passedOn(source: { readonly node: FlatNode; readonly output: string }): readonly SocketType[] {
    const types = new Map<string, SocketType>()
    const seen = new Set<string>()
    const open = [source]
    for (let next = open.pop(); next; next = open.pop()) {
      const { node, output } = next
      const key = `${node.id} ${output}`
      if (seen.has(key)) continue
      seen.add(key)
      const definition = this.registry.nodes.get(node.instance.type)
      const given = definition?.outputs[output]
      if (!definition || !given) return []
      const type = socketTypeOf(given)
      if (type.name !== AnyType.name) {
        types.set(type.name, type)
        continue
      }
      const inputs = definition.passesOn?.[output]
      if (!inputs) return []
      for (const input of inputs) {
        const linked = Object.hasOwn(node.instance.links, input) ? node.instance.links[input] : undefined
        for (const one of linked ? this.graph.resolve(node.scope, asList(linked), () => undefined) : []) {
          if (one.type === 'output') open.push(one)
          else if (one.type !== 'muted') return []
        }
      }
    }
    return [...types.values()]
  }

  private resolve(flat: FlatNode, name: string, links: ReturnType<typeof asList>): FlatSource[] {
    return this.graph.resolve(flat.scope, links, (code, what) => {
      this.report(flat, code, `links.${name}`, `input "${name}": ${what}`, name)
    })
  }

  private typed(flat: FlatNode, name: string, declared: Input, source: Feeding): CheckedSource {
    if (source.type === 'muted') return source
    const output =
      source.type === 'output' ? this.registry.nodes.get(source.node.instance.type)?.outputs[source.output] : undefined
    // A node of unknown type has its own issue.
    if (source.type === 'output' && !output) return source
    const declaredType = output ? socketTypeOf(output) : this.outsideType(source.type === 'outside' ? source.name : '')
    const passed = source.type === 'output' && declaredType.name === AnyType.name ? this.passedOn(source) : []
    const types = passed.length > 0 ? passed : [declaredType]
    const fits = types.map((type) => ({ type, fit: this.registry.fit(type.name, declared.types) }))
    const { type: from, fit } = fits.find((one) => !one.fit.ok) ?? fits[0] ?? { type: declaredType, fit: { ok: false } }
    if (fit.ok) {
      const coercion = fits.every((one) => one.fit.ok && one.fit.coercion === fit.coercion) ? fit.coercion : undefined
      return coercion ? { ...source, coercion } : source
    }
    const origin = source.type === 'output' ? `output "${source.output}" of node ${source.node.id}` : `"${source.name}"`
    const wanted = listed(declared.types.map((type) => type.name))
    this.report(
      flat,
      'type-mismatch',
      `links.${name}`,
      `input "${name}" takes ${wanted}, but ${origin} is "${from.name}".`,
      name,
    )
    return source
  }

  private checkValues(
    flat: FlatNode,
    { definition, checkValues }: Registered,
    values: JsonObject,
    places: Map<string, string>,
  ): void {
    for (const { path, message, keyword, nearest } of checkValues(values)) {
      const [name = ''] = path.split('.')
      const place = places.get(name)
      const declared = Object.hasOwn(definition.inputs, name) ? definition.inputs[name] : undefined
      if (declared?.kind === 'link') {
        this.report(flat, 'invalid-value', `values.${path}`, `input "${name}" takes a link, not a value.`, name)
      } else if (keyword === 'additionalProperties' && !declared) {
        this.report(flat, 'unknown-input', `values.${path}`, noInput(path, definition), name)
      } else {
        const hint = nearest === undefined ? '' : ` Did you mean ${JSON.stringify(nearest)}?`
        const inside = path === name ? '' : ` at ${path.slice(name.length + 1)}`
        this.report(flat, 'invalid-value', `values.${path}`, `"${name}"${inside} ${message}.${hint}`, name, place)
      }
    }
  }

  report(flat: FlatNode, code: IssueCode, place: string, what: string, input?: string, elsewhere?: string): void {
    this.issues.push({
      code,
      severity: 'error',
      message: `${flat.instance.type} (node ${flat.id}): ${what}`,
      path: elsewhere ?? `${flat.path}.${place}`,
      node: flat.id,
      ...given({ input }),
    })
  }
}

type Feeding = Exclude<FlatSource, { readonly type: 'literal' | 'nothing' }>
function isFeeding(source: FlatSource): source is Feeding {
  return source.type !== 'literal' && source.type !== 'nothing'
}

function noInput(name: string, { inputs }: AnyNodeDefinition): string {
  return `there is no input "${name}"${alternatives(name, Object.keys(inputs))}`
}
