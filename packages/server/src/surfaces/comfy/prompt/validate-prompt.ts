import type { JsonObject, JsonValue } from '@patchbay/engine/workflow'
import { type JsonWriting, createWriting } from '../../../json-writing.ts'
import type { ComfyError, ErrorsById, NodeErrors } from '../errors/comfy-error.ts'
import { coerceValue } from './coerce-value.ts'
import { type ComfyClass, type ComfyInput, type PromptContext, isWidget, typesFit } from '../classes/comfy-class.ts'
import { inputsReadByOthers, takenInputs } from '../classes/taken-inputs.ts'
import { type ComfyPrompt, linkOf, unwrapped } from './prompt.ts'

export type PromptCheck =
  | { readonly ok: false; readonly error: ComfyError; readonly nodeErrors: ErrorsById }
  | {
      readonly ok: true
      /** With constants coerced to the types of their inputs. */
      readonly prompt: ComfyPrompt
      /** Output nodes that may run; others failed and are reported. */
      readonly outputs: readonly string[]
      readonly nodeErrors: ErrorsById
    }

/**
 * Checks a prompt as ComfyUI does, with its error types: output nodes that fail are dropped, and only if none is left
 * is it refused.
 */
export function checkPrompt(
  prompt: ComfyPrompt,
  context: PromptContext,
  targets?: readonly string[],
  writing: JsonWriting = createWriting(),
): PromptCheck {
  const { classes } = context
  for (const [id, node] of prompt) {
    if (!classes.has(node.class_type)) return refused(missingType(id, node.class_type, node._meta?.['title']))
  }
  const isOutput = ([, { class_type: type }]: [string, { class_type: string }]) =>
    classes.get(type)?.outputNode ?? false
  const outputs = [...prompt]
    .filter(isOutput)
    .map(([id]) => id)
    .filter((id) => targets?.includes(id) ?? true)
  if (outputs.length === 0) {
    return refused({ type: 'prompt_no_outputs', message: 'Prompt has no outputs', details: '', extra_info: {} })
  }

  const coerced = new Map<string, JsonObject>()
  const errorsOf = new Map<string, ComfyError[]>()
  const readByOthers = inputsReadByOthers(classes)
  const reachedBy = new Map(outputs.map((id) => [id, reachableFrom(prompt, id)]))
  for (const id of new Set([...reachedBy.values()].flatMap((ids) => [...ids]))) {
    const checked = checkNode(prompt, id, context, writing, readByOthers)
    if (checked.errors.length > 0) errorsOf.set(id, checked.errors)
    coerced.set(id, checked.inputs)
  }
  for (const cycle of cyclesIn(prompt, outputs)) {
    for (const id of cycle) errorsOf.set(id, [...(errorsOf.get(id) ?? []), cycleError(prompt, id, cycle)])
  }

  const failing = (output: string) => [...(reachedBy.get(output) ?? [])].filter((id) => errorsOf.has(id))
  const good = outputs.filter((output) => failing(output).length === 0)
  const nodeErrors = new Map(
    [...errorsOf].map(([id, errors]): [string, NodeErrors] => [
      id,
      {
        errors,
        dependent_outputs: outputs.filter((output) => reachedBy.get(output)?.has(id)),
        class_type: prompt.get(id)?.class_type ?? '',
      },
    ]),
  )
  if (good.length > 0) {
    const clean = new Map([...prompt].map(([id, node]) => [id, { ...node, inputs: coerced.get(id) ?? node.inputs }]))
    return { ok: true, prompt: clean, outputs: good, nodeErrors }
  }
  const reasons = [...errorsOf.values()].flat().map(({ message, details }) => `${message}: ${details}`)
  return refused(
    {
      type: 'prompt_outputs_failed_validation',
      message: 'Prompt outputs failed validation',
      details: [...new Set(reasons)].join('\n'),
      extra_info: {},
    },
    nodeErrors,
  )
}

const refused = (error: ComfyError, nodeErrors: ErrorsById = new Map()): PromptCheck => ({
  ok: false,
  error,
  nodeErrors,
})

function missingType(id: string, type: string, title: JsonValue | undefined): ComfyError {
  return {
    type: 'missing_node_type',
    message:
      type === ''
        ? 'Cannot execute because a node is missing the class_type property.'
        : `Node '${String(title ?? type)}' not found.`,
    details: `Node ID '#${id}'`,
    extra_info: { node_id: id, class_type: type === '' ? null : type, node_title: title ?? null },
  }
}

/** Everything an output needs, itself included; iterative, since chains may be long. */
export function reachableFrom(prompt: ComfyPrompt, output: string): Set<string> {
  const reached = new Set<string>()
  const open = [output]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const node = prompt.get(id)
    if (reached.has(id) || !node) continue
    reached.add(id)
    for (const value of Object.values(node.inputs)) {
      const link = linkOf(value)
      if (link) open.push(link.id)
    }
  }
  return reached
}

function checkNode(
  prompt: ComfyPrompt,
  id: string,
  context: PromptContext,
  writing: JsonWriting,
  readByOthers: ReadonlySet<string>,
) {
  const node = prompt.get(id)
  const comfyClass = node && context.classes.get(node.class_type)
  const errors: ComfyError[] = []
  if (comfyClass?.needs !== undefined) errors.push(needsMore(comfyClass.name, comfyClass.needs))
  const inputs = new Map<string, JsonValue>(Object.entries(node?.inputs ?? {}))
  const taken = takenInputs(comfyClass ?? { parts: {} }, readByOthers)
  for (const input of comfyClass?.inputs ?? []) {
    const given = inputs.get(input.name)
    if (given === undefined) {
      if (!input.optional) errors.push(missingInput(input))
      continue
    }
    const value = unwrapped(given)
    if (Array.isArray(value) && value === given) {
      const isHeard = taken.has(input.name) || !isWidget(input)
      const problem = isHeard ? checkLink(prompt, input, value, context) : unheardLink(input, value)
      if (problem) errors.push(problem)
      continue
    }
    const coerced = coerceValue(input, value, context.choicesOf, writing.numberAt([id, 'inputs', input.name]))
    if ('error' in coerced) errors.push(coerced.error)
    else inputs.set(input.name, coerced.value)
  }
  return { errors, inputs: Object.fromEntries(inputs) }
}

/** A link to an input for which only one constant has a counterpart here. */
const unheardLink = (input: ComfyInput, value: readonly JsonValue[]): ComfyError => ({
  type: 'value_not_in_list',
  message: 'Value not in list',
  details: `${input.name}: a link has no counterpart here, only ${JSON.stringify(input.only ?? input.options['default'] ?? null)}`,
  extra_info: { input_name: input.name, input_config: configOf(input), received_value: value },
})

const needsMore = (name: string, needs: string): ComfyError => ({
  type: 'custom_validation_failed',
  message: `${name} cannot run here`,
  details: needs,
  extra_info: {},
})
const missingInput = ({ name }: ComfyInput): ComfyError => ({
  type: 'required_input_missing',
  message: 'Required input is missing',
  details: name,
  extra_info: { input_name: name },
})
export const configOf = (input: ComfyInput): JsonValue => [input.type, input.options]

function checkLink(
  prompt: ComfyPrompt,
  input: ComfyInput,
  value: readonly JsonValue[],
  { classes }: PromptContext,
): ComfyError | undefined {
  const extra = { input_name: input.name, input_config: configOf(input), received_value: value }
  const link = linkOf(value)
  if (!link) {
    return {
      type: 'bad_linked_input',
      message: 'Bad linked input, must be a length-2 list of [node_id, slot_index]',
      details: input.name,
      extra_info: extra,
    }
  }
  const source: ComfyClass | undefined = classes.get(prompt.get(link.id)?.class_type ?? '')
  const output = source?.outputs[link.slot]
  if (!output) {
    const problem = source ? `node '${link.id}' has no output ${link.slot}` : `there is no node '${link.id}'`
    return {
      type: 'exception_during_inner_validation',
      message: 'Exception when validating inner node',
      details: `${input.name}: ${problem}`,
      extra_info: { ...extra, exception_type: 'KeyError', traceback: [], linked_node: value },
    }
  }
  if (typesFit(output.type, input.type) || (input.type === 'COMBO' && output.type === 'STRING')) return undefined
  return {
    type: 'return_type_mismatch',
    message: 'Return type mismatch between linked nodes',
    details: `${input.name}, received_type(${output.type}) mismatch input_type(${input.type})`,
    extra_info: {
      input_name: input.name,
      input_config: configOf(input),
      received_type: output.type,
      linked_node: value,
    },
  }
}

/** Each cycle among what the outputs need, found by depth-first search without recursion. */
function cyclesIn(prompt: ComfyPrompt, outputs: readonly string[]): string[][] {
  const cycles: string[][] = []
  const state = new Map<string, 'open' | 'done'>()
  for (const root of outputs) {
    const path: { id: string; sources: string[] }[] = []
    const enter = (id: string) => {
      state.set(id, 'open')
      const sources = Object.values(prompt.get(id)?.inputs ?? {}).flatMap((value) => linkOf(value)?.id ?? [])
      path.push({ id, sources: sources.filter((source) => prompt.has(source)) })
    }
    if (!state.has(root)) enter(root)
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const next = top.sources.pop()
      if (next === undefined) {
        state.set(top.id, 'done')
        path.pop()
      } else if (state.get(next) === 'open') {
        cycles.push(path.slice(path.findIndex(({ id }) => id === next)).map(({ id }) => id))
      } else if (!state.has(next)) enter(next)
    }
  }
  return cycles
}

function cycleError(prompt: ComfyPrompt, id: string, cycle: readonly string[]): ComfyError {
  const shown = [...cycle, cycle[0] ?? ''].map((member) => `${member} (${prompt.get(member)?.class_type ?? ''})`)
  return {
    type: 'dependency_cycle',
    message: 'Dependency cycle detected',
    details: shown.join(' -> '),
    extra_info: { node_id: id, cycle_nodes: cycle },
  }
}
