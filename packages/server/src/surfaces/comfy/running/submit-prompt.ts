import { randomUUID } from 'node:crypto'
import type { JsonObject, JsonValue } from '@patchbay/engine/workflow'
import { Failure } from '../../../failure.ts'
import { isJsonObject } from '../../../is-json-object.ts'
import type { Submit, SubmissionContext } from '../../../jobs/submission.ts'
import { type JsonWriting, createWriting, writeJson } from '../../../json-writing.ts'
import type { JobStore } from '../../../store/job-store.ts'
import type { ComfyCatalogue } from '../catalogue/catalogue.ts'
import type { PromptContext } from '../classes/comfy-class.ts'
import type { ComfyError, ErrorsById, NodeErrors } from '../errors/comfy-error.ts'
import { ComfyRefusal, refusal } from '../errors/comfy-refusal.ts'
import { apiFromUi, isUiWorkflow } from '../import/ui-workflow.ts'
import { promptText } from '../prompt/prompt-text.ts'
import { type ComfyPrompt, promptOf } from '../prompt/prompt.ts'
import { type NativePrompt, nativeOf } from '../prompt/to-native.ts'
import { checkPrompt, reachableFrom } from '../prompt/validate-prompt.ts'
import { type ComfyOrigin, classTypeIn, originJson } from './comfy-origin.ts'
import { placeInQueue } from './place-in-queue.ts'

export const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const secretKeys = ['auth_token_comfy_org', 'api_key_comfy_org', 'comfy_usage_source']

export interface SubmittedPrompt {
  readonly id: string
  readonly number: number
  readonly nodeErrors: ErrorsById
}

export interface SubmitDependencies {
  readonly jobs: Pick<JobStore, 'job' | 'newestNumber'>
  readonly submit: Submit
}
/** Who submits, under which key, with which labels. */
export interface PromptAsker extends Pick<SubmissionContext, 'owner' | 'idempotencyKey' | 'trace'> {
  readonly metadata?: { readonly [key: string]: string }
}
/** How the prompt and its extra data were written. */
interface Writings {
  readonly prompt: JsonWriting
  readonly extraData: JsonWriting
}

/** Queues the prompt of a `POST /prompt` body. Throws a `ComfyRefusal` that says what is wrong with which node. */
export async function submitPrompt(
  body: JsonObject,
  asker: PromptAsker,
  dependencies: SubmitDependencies,
  catalogue: ComfyCatalogue,
  written: Writings,
): Promise<SubmittedPrompt> {
  const { jobs } = dependencies
  const read = await readPrompt(body, catalogue, written.prompt)
  const id = await freeIdOf(body['prompt_id'], jobs)
  const targets = body['partial_execution_targets']
  const wanted = Array.isArray(targets) ? (targets as JsonValue[]).map(String) : undefined
  const checked = checkPrompt(read.prompt, read.context, wanted, read.writing)
  if (!checked.ok) {
    throw new ComfyRefusal(400, { error: checked.error, node_errors: Object.fromEntries(checked.nodeErrors) })
  }
  const made = nativeOf(checked.prompt, read.context.classes, read.writing)
  const place = placeInQueue(body, await jobs.newestNumber())
  const origin = originFor(body, {
    ...read,
    prompt: checked.prompt,
    outputs: checked.outputs,
    made,
    number: place.number,
  })
  const { metadata, ...context } = asker
  const queued = await queueOutputs(
    { ...origin, ...(metadata ? { metadata } : {}) },
    { made, place, classes: read.context.classes, errors: checked.nodeErrors, extraData: written.extraData },
    { ...context, id },
    dependencies.submit,
  )
  return { ...queued, number: place.number }
}

interface ReadPrompt {
  readonly prompt: ComfyPrompt
  readonly context: PromptContext
  readonly writing: JsonWriting
}

/** The prompt of a body, posted or as the editor saves it, with the classes and files that it is read against. */
async function readPrompt(body: JsonObject, catalogue: ComfyCatalogue, writing: JsonWriting): Promise<ReadPrompt> {
  const { classes } = await catalogue.context([])
  const fromUi = isUiWorkflow(body['prompt']) ? apiFromUi(body['prompt'], classes) : undefined
  const prompt = fromUi ?? promptOf(body['prompt'])
  if (!prompt) throw refusal('no_prompt', 'The prompt is not an object of nodes', '')
  const context = await catalogue.context([...prompt.values()].map(({ class_type: type }) => type))
  return { prompt, context, writing: fromUi ? createWriting() : writing }
}

/** The id that a client chose for its prompt, or another. */
async function freeIdOf(chosen: JsonValue | undefined, jobs: SubmitDependencies['jobs']): Promise<string> {
  if (chosen !== undefined && chosen !== null && (typeof chosen !== 'string' || !uuid.test(chosen))) {
    throw refusal('invalid_prompt_id', 'prompt_id must be a canonical lowercase UUID')
  }
  const id = typeof chosen === 'string' ? chosen : randomUUID()
  if (await jobs.job(id)) throw refusal('invalid_prompt_id', 'There is a prompt with this id already')
  return id
}

function originFor(
  body: JsonObject,
  {
    prompt,
    context,
    writing,
    outputs,
    made,
    number,
  }: ReadPrompt & Pick<ComfyOrigin, 'outputs' | 'number'> & { made: NativePrompt },
): ComfyOrigin {
  const extraData = isJsonObject(body['extra_data']) ? body['extra_data'] : {}
  const kept = Object.fromEntries(Object.entries(extraData).filter(([key]) => !secretKeys.includes(key)))
  const clientId = typeof body['client_id'] === 'string' ? { client_id: body['client_id'] } : undefined
  return {
    prompt,
    promptText: promptText(prompt, context.classes, writing),
    extraData: { ...kept, create_time: Date.now(), ...clientId },
    outputs,
    sending: [...prompt].flatMap(([id, node]) => (context.classes.get(node.class_type)?.sendsPictures ? [id] : [])),
    number,
    idOf: made.idOf,
    ...(clientId ? { clientId: clientId.client_id } : {}),
  }
}

interface Queueing {
  readonly made: NativePrompt
  readonly place: ReturnType<typeof placeInQueue>
  readonly classes: PromptContext['classes']
  readonly errors: ErrorsById
  readonly extraData: JsonWriting
}

/**
 * Queues the outputs that nothing is wrong with, by the checks of the native nodes too. As in ComfyUI the others are
 * left out and reported, and only when none is left is the prompt refused.
 */
async function queueOutputs(
  origin: ComfyOrigin,
  { made, place, classes, errors, extraData }: Queueing,
  context: SubmissionContext & { readonly id: string },
  submit: Submit,
): Promise<Pick<SubmittedPrompt, 'id' | 'nodeErrors'>> {
  const nodeErrors = new Map(errors)
  const reached = new Map(origin.outputs.map((output) => [output, reachableFrom(origin.prompt, output)]))
  const isOutput = (id: string) => classes.get(origin.prompt.get(id)?.class_type ?? '')?.outputNode ?? false
  for (let outputs = origin.outputs; ;) {
    // What a kept output needs may be an output itself, which then runs too.
    const running = new Set(outputs.flatMap((output) => [...(reached.get(output) ?? [])].filter(isOutput)))
    const own: ComfyOrigin = { ...origin, outputs }
    try {
      const targets = [...running].flatMap((output) => made.nativeOf.get(output)?.[0] ?? [])
      const kept = {
        surface: 'comfy',
        embedded: embeddedIn(own, extraData),
        // ComfyUI caches its output nodes: nothing is saved again for the same inputs.
        reuseEffects: true,
        details: originJson(own),
      }
      const { priority, front } = place
      const { jobs } = await submit({ document: made.document, targets, priority, front }, { ...context, origin: kept })
      return { id: jobs[0]?.id ?? context.id, nodeErrors }
    } catch (error) {
      if (!(error instanceof Failure) || !error.issues) throw error
      const found = errorsOf(error, origin, reached)
      for (const [id, more] of found) {
        nodeErrors.set(id, { ...more, errors: [...(nodeErrors.get(id)?.errors ?? []), ...more.errors] })
      }
      const left = outputs.filter((output) => ![...found.keys()].some((id) => reached.get(output)?.has(id)))
      if (left.length === 0 || left.length === outputs.length) throw nativeRefusal(error, nodeErrors)
      outputs = left
    }
  }
}

/** `prompt` and each key of `extra_pnginfo`, as ComfyUI writes them into pictures. */
function embeddedIn(
  { promptText: prompt, extraData }: ComfyOrigin,
  writing: JsonWriting,
): { [keyword: string]: string } {
  const info = isJsonObject(extraData['extra_pnginfo']) ? extraData['extra_pnginfo'] : {}
  const texts = Object.entries(info).map(([key, value]) => [key, writeJson(value, writing, ['extra_pnginfo', key])])
  return { ...Object.fromEntries(texts), prompt }
}

/** The issues of the native checks, by the node of the prompt that they are about. */
function errorsOf(
  { issues = [] }: Failure,
  { prompt, idOf, outputs }: ComfyOrigin,
  reached: ReadonlyMap<string, ReadonlySet<string>>,
): ErrorsById {
  const found = new Map<string, NodeErrors>()
  for (const { node, input, message } of issues) {
    const id = idOf.get(node ?? '') ?? node ?? ''
    const error: ComfyError = {
      type: 'custom_validation_failed',
      message: 'Custom validation failed for node',
      details: message,
      extra_info: input === undefined ? {} : { input_name: input },
    }
    found.set(id, {
      errors: [...(found.get(id)?.errors ?? []), error],
      dependent_outputs: outputs.filter((output) => reached.get(output)?.has(id)),
      class_type: classTypeIn(prompt, id) ?? '',
    })
  }
  return found
}

function nativeRefusal({ issues = [] }: Failure, nodeErrors: ErrorsById): ComfyRefusal {
  return new ComfyRefusal(400, {
    error: {
      type: 'prompt_outputs_failed_validation',
      message: 'Prompt outputs failed validation',
      details: issues.map(({ message }) => message).join('\n'),
      extra_info: {},
    },
    node_errors: Object.fromEntries(nodeErrors),
  })
}
