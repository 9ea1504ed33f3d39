import { createSchemaCompiler, type SchemaCheck } from './compile-schema.ts'
import type { AnyNodeDefinition } from './define-node.ts'
import type { Output } from './node-declaration.ts'
import { joinList } from './join-list.ts'
import { AnyType, Float, Int, type SocketType, Text, Toggle } from './socket-type.ts'
import { defaultsOf, valuesSchemaOf } from './values-schema.ts'
import { builtInCoercions, type JsonObject, type Widget } from '../workflow/index.ts'

/** A conversion between socket types, made where a link crosses them. */
export interface Coercion<From = unknown, To = unknown> {
  readonly from: SocketType
  readonly to: SocketType
  convert(value: From): To | Promise<To>
}

/** Declares that `from` fits an input of type `to`, through `convert`. */
export function coercion<From, To>(
  from: SocketType<string, From>,
  to: SocketType<string, To>,
  convert: (value: From) => To | Promise<To>,
): Coercion<From, To> {
  return { from, to, convert }
}

const valueTypes = { int: Int, float: Float, text: Text, toggle: Toggle }
const valueCoercions: readonly Coercion[] = builtInCoercions.map(({ from, to }) => ({
  from: valueTypes[from],
  to: valueTypes[to],
  convert: to === 'text' ? String : Number,
}))

export interface RegistryOptions {
  readonly nodes: readonly AnyNodeDefinition[]
  /** Types that no definition mentions, e.g. of the host; the others are found in the definitions. */
  readonly socketTypes?: readonly SocketType[]
  readonly coercions?: readonly Coercion[]
}

/** What the engine keeps of a definition beside itself. */
export interface Registered {
  readonly definition: AnyNodeDefinition
  readonly defaults: JsonObject
  /** Value inputs that name files of the host, and those that name sub-workflows. */
  readonly fileInputs: readonly string[]
  readonly bodyInputs: readonly string[]
  /** Checks `values` as a whole. */
  readonly checkValues: SchemaCheck
  /** Checks one value, by input: what arrives by link. */
  checkValue(input: string, value: unknown): ReturnType<SchemaCheck>
}

export type Fit = { readonly ok: true; readonly coercion?: Coercion } | { readonly ok: false }

/** The node definitions, socket types and conversions that a host offers. Never changes once created. */
export interface Registry {
  readonly nodes: ReadonlyMap<string, AnyNodeDefinition>
  readonly socketTypes: ReadonlyMap<string, SocketType>
  readonly coercions: readonly Coercion[]
  lookUp(type: string): Registered | undefined
  /** Whether an output of type `from` fits an input of these types. */
  fit(from: string, to: readonly SocketType[]): Fit
}

/** Throws when two definitions have one name, or two socket types do. */
export function createRegistry({ nodes, socketTypes = [], coercions = [] }: RegistryOptions): Registry {
  const byType = new Map<string, AnyNodeDefinition>()
  // Graphs that are made at run time join lists with it.
  byType.set(joinList.type, joinList)
  for (const definition of nodes) {
    if (byType.has(definition.type)) throw new TypeError(`There are two node definitions named "${definition.type}".`)
    byType.set(definition.type, definition)
  }
  const types = collectTypes([...Object.values(valueTypes), AnyType, ...socketTypes, ...nodes.flatMap(typesIn)])
  const declared = [...types.values()].flatMap(coercionsOf)
  const table = new Map(
    [...valueCoercions, ...declared, ...coercions].map((one) => [`${one.from.name} ${one.to.name}`, one]),
  )
  const compile = createSchemaCompiler()
  const registered = new Map<string, Registered>()

  return {
    nodes: byType,
    socketTypes: types,
    coercions: [...table.values()],
    lookUp(type) {
      const existing = registered.get(type)
      if (existing) return existing
      const definition = byType.get(type)
      if (!definition) return undefined
      const entry = register(definition, compile)
      registered.set(type, entry)
      return entry
    },
    fit(from, to) {
      if (from === AnyType.name || to.some(({ name }) => name === from || name === AnyType.name)) return { ok: true }
      for (const { name } of to) {
        const conversion = table.get(`${from} ${name}`)
        if (conversion) return { ok: true, coercion: conversion }
      }
      return { ok: false }
    },
  }
}

function register(definition: AnyNodeDefinition, compile: (schema: JsonObject) => SchemaCheck): Registered {
  // Compiled when first asked for: a registry may hold far more definitions than a run uses.
  let values: SchemaCheck | undefined
  const single = new Map<string, SchemaCheck>()
  return {
    definition,
    defaults: defaultsOf(definition),
    fileInputs: inputsWith(definition, 'file'),
    bodyInputs: inputsWith(definition, 'workflow'),
    checkValues: (value) => (values ??= compile(valuesSchemaOf(definition)))(value),
    checkValue(input, value) {
      const declared = definition.inputs[input]
      if (declared?.kind !== 'value') return []
      let check = single.get(input)
      if (!check) single.set(input, (check = compile(declared.schema)))
      return check(value)
    },
  }
}

function inputsWith({ inputs }: AnyNodeDefinition, widget: Widget['type']): string[] {
  return Object.keys(inputs).filter((name) => {
    const declared = inputs[name]
    return declared?.kind === 'value' && declared.widget.type === widget
  })
}

function collectTypes(all: readonly SocketType[]): Map<string, SocketType> {
  const types = new Map<string, SocketType>()
  for (const type of all) {
    const existing = types.get(type.name)
    if (existing && existing !== type) {
      throw new TypeError(
        `There are two socket types named "${type.name}"; declare it once and import it where it is used.`,
      )
    }
    types.set(type.name, type)
  }
  return types
}

/** The conversions that a socket type declares. */
function coercionsOf(type: SocketType): Coercion[] {
  return (type.conversions ?? []).map((one): Coercion =>
    // What arrives is of the type that the conversion names: the table finds it by that name.
    'from' in one
      ? { from: one.from, to: type, convert: one.convert as Coercion['convert'] }
      : { from: type, to: one.to, convert: one.convert },
  )
}

function typesIn({ inputs, outputs, dynamicInputs }: AnyNodeDefinition): SocketType[] {
  return [
    ...Object.values(inputs).flatMap(({ types }) => types),
    ...(dynamicInputs?.each.types ?? []),
    ...Object.values(outputs).map(socketTypeOf),
  ]
}

/** The sub-workflows that a node names in its values: the bodies of loops. */
export function bodiesOf({ bodyInputs }: Registered, values: JsonObject): readonly { input: string; name: string }[] {
  return bodyInputs.flatMap((input) => {
    const name = values[input]
    return typeof name === 'string' ? [{ input, name }] : []
  })
}

/** The socket type of an output, of a list the type of its elements. */
export function socketTypeOf(output: Output): SocketType {
  return 'listOf' in output ? output.listOf : output
}
