import { type Command, Option } from 'commander'
import { parseWorkflowText } from '@patchbay/engine'
import { type JsonValue, type Workflow, jsonLimits, parseJson, serializeWorkflow } from '@patchbay/engine/workflow'
import { workflowKeyword } from '@patchbay/nodes/picture-texts'
import type { ComfyClasses } from '../surfaces/comfy/classes/comfy-class.ts'
import { workflowOfParameters } from '../surfaces/automatic/import/parameters-workflow.ts'
import { promptFromNative } from '../surfaces/comfy/export/from-native.ts'
import { importWorkflow } from '../surfaces/comfy/import/import-workflow.ts'
import type { ImportedWorkflow } from '../surfaces/comfy/import/ui-native.ts'
import { isJsonObject } from '../is-json-object.ts'
import { exactJson, promptJson } from '../surfaces/comfy/prompt/prompt.ts'
import { uiFromNative } from '../surfaces/comfy/export/to-ui.ts'
import { Failure } from '../failure.ts'
import { textsInPicture } from '../storage/picture-file.ts'
import { collected, knownNodes } from './known-nodes.ts'
import type { Terminal } from './run.ts'
import { WorkflowRefused, isNoText, lineOf, textOf } from './open-workflow.ts'
import { writeOutput } from '../storage/system-errors.ts'

interface ConvertOptions {
  readonly output?: string
  readonly json?: boolean
  readonly to?: Format
  readonly nodePack?: readonly string[]
}

/**
 * `patchbay convert <file>`: ComfyUI's formats to ours and back, and the settings beside a picture of AUTOMATIC1111 to
 * ours; also out of a picture.
 */
export function addConvertCommand(program: Command, terminal: () => Terminal, finish: (code: number) => void): void {
  program
    .command('convert')
    .argument('<file>', 'a workflow file, a PNG, WebP, JPEG or AVIF; - for standard input')
    .option('-o, --output <file>', 'write it there rather than print it')
    .addOption(
      new Option(
        '--to <format>',
        "ComfyUI's format, also from one to the other: api, as programs send it (what ours becomes by itself), or editor, as its editor saves it",
      ).choices(['api', 'editor']),
    )
    .option('--node-pack <folder>', 'know the nodes and adapters of this pack too; may be given again', collected)
    .option('--json', 'print one JSON object: the workflow, and what could not be said in it')
    .action(async (file: string, { output, json, to, nodePack = [] }: ConvertOptions) => {
      const { out, error } = terminal()
      const { text, problems } = convertFirst(file, await textsIn(file), (await knownNodes(nodePack)).classes, to)
      if (json) out(`{"workflow":${text.trim()},"problems":${JSON.stringify(problems)}}\n`)
      else for (const problem of problems) error(`${problem}\n`)
      if (output !== undefined) await writeOutput(output, text)
      else if (!json) out(text)
      finish(problems.length === 0 ? 0 : 1)
    })
}

/** What may be a workflow: the text of a file, or each text that a picture carries, ours first. */
async function textsIn(file: string): Promise<readonly string[]> {
  const carried = file === '-' ? {} : await textsInPicture(file).catch(() => ({}))
  const { [workflowKeyword]: ours, workflow, prompt, ...others } = { ...carried } as { [keyword: string]: string }
  const texts = [ours, workflow, prompt, ...Object.values(others)].filter((text) => text !== undefined)
  if (texts.length > 0) return texts
  const text = await textOf(file)
  if (isNoText(text)) throw new WorkflowRefused(file, ['The picture carries no workflow.'])
  return [text]
}

interface Converted {
  readonly text: string
  readonly problems: readonly string[]
}
type Format = 'api' | 'editor'

/** The first of these texts that is a workflow, in the other format. Throws what is wrong with the first one. */
export function convertFirst(file: string, texts: readonly string[], classes: ComfyClasses, to?: Format): Converted {
  let refusal: unknown
  for (const text of texts) {
    try {
      return convert(file, text, classes, to)
    } catch (error) {
      if (!(error instanceof WorkflowRefused)) throw error
      refusal ??= error
    }
  }
  throw refusal
}

/** A workflow in the format asked for: by default ours from ComfyUI's, and API format from ours. */
export function convert(file: string, text: string, classes: ComfyClasses, to?: Format): Converted {
  const settings = settingsFrom(file, text)
  if (settings) return convertedFrom(settings, classes, to)
  const parsed = parseJson(text, { ...jsonLimits, python: true })
  if (!parsed.ok) throw new WorkflowRefused(file, [`Line ${parsed.line}, column ${parsed.column}: ${parsed.message}`])
  const json: JsonValue = parsed.value
  if (isJsonObject(json) && json['format'] === 'patchbay-workflow') {
    const opened = parseWorkflowText(text)
    if (!opened.ok) throw new WorkflowRefused(file, opened.issues.map(lineOf))
    return written(opened.workflow, classes, to ?? 'api')
  }
  const imported = importedFrom(file, json, classes)
  if (!imported) throw new WorkflowRefused(file, ["It is neither one of our workflows nor one of ComfyUI's."])
  return convertedFrom(imported, classes, to)
}

function convertedFrom({ document, problems }: ImportedWorkflow, classes: ComfyClasses, to?: Format): Converted {
  if (to === undefined) return { text: serializeWorkflow(document), problems }
  const made = written(document, classes, to)
  return { text: made.text, problems: [...problems, ...made.problems] }
}

function written(document: Workflow, classes: ComfyClasses, to: Format): Converted {
  if (to === 'editor') {
    const { workflow, problems } = uiFromNative(document, classes)
    return { text: `${exactJson(workflow)}\n`, problems }
  }
  const { prompt, problems } = promptFromNative(document, classes)
  return { text: `${exactJson(promptJson(prompt))}\n`, problems }
}

/** The settings that AUTOMATIC1111 writes beside a picture. */
function settingsFrom(file: string, text: string) {
  try {
    return workflowOfParameters(text)
  } catch (error) {
    if (error instanceof Failure) throw new WorkflowRefused(file, [error.message])
    throw error
  }
}

function importedFrom(file: string, json: JsonValue, classes: ComfyClasses) {
  try {
    return importWorkflow(json, classes)
  } catch (error) {
    if (error instanceof Failure) throw new WorkflowRefused(file, [error.message])
    throw error
  }
}
