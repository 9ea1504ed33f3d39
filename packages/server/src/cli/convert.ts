import { type Command, Option } from 'commander'
import { parseWorkflowText } from '@patchbay/engine'
import { type JsonValue, jsonLimits, parseJson, serializeWorkflow } from '@patchbay/engine/workflow'
import { workflowKeyword } from '@patchbay/nodes/picture-texts'
import type { ComfyClasses } from '../surfaces/comfy/classes/comfy-class.ts'
import { promptFromNative } from '../surfaces/comfy/export/from-native.ts'
import { importWorkflow } from '../surfaces/comfy/import/import-workflow.ts'
import { isJsonObject } from '../is-json-object.ts'
import { exactJson, promptJson } from '../surfaces/comfy/prompt/prompt.ts'
import { uiFromNative } from '../surfaces/comfy/export/to-ui.ts'
import { Failure } from '../failure.ts'
import { textsInPicture } from '../storage/picture-file.ts'
import { collected, knownNodes } from './known-nodes.ts'
import type { Terminal } from './run.ts'
import { WorkflowRefused, lineOf, textOf, unreadable } from './open-workflow.ts'
import { writeOutput } from '../storage/system-errors.ts'

interface ConvertOptions {
  readonly output?: string
  readonly json?: boolean
  readonly to: 'api' | 'editor'
  readonly nodePack?: readonly string[]
}

/** `patchbay convert <file>`: ComfyUI's formats to ours and back; also out of a picture. */
export function addConvertCommand(program: Command, terminal: () => Terminal, finish: (code: number) => void): void {
  program
    .command('convert')
    .argument('<file>', 'a workflow file, a PNG, a WebP or a JPEG; - for standard input')
    .option('-o, --output <file>', 'write it there rather than print it')
    .addOption(
      new Option(
        '--to <format>',
        "what one of ours becomes: api, as programs send it, or editor, as ComfyUI's editor saves it",
      )
        .choices(['api', 'editor'])
        .default('api'),
    )
    .option('--node-pack <folder>', 'know the nodes and adapters of this pack too; may be given again', collected)
    .option('--json', 'print one JSON object: the workflow, and what could not be said in it')
    .action(async (file: string, { output, json, to, nodePack = [] }: ConvertOptions) => {
      const { out, error } = terminal()
      const { text, problems } = convert(file, await textIn(file), (await knownNodes(nodePack)).classes, to)
      if (json) out(`{"workflow":${text.trim()},"problems":${JSON.stringify(problems)}}\n`)
      else for (const problem of problems) error(`${problem}\n`)
      if (output !== undefined) await writeOutput(output, text)
      else if (!json) out(text)
      finish(problems.length === 0 ? 0 : 1)
    })
}

async function textIn(file: string): Promise<string> {
  if (!/\.(png|webp|jpe?g)$/i.test(file)) return textOf(file)
  const texts = await textsInPicture(file).catch((error: unknown) => {
    throw new WorkflowRefused(file, [unreadable(error)])
  })
  const carried = texts[workflowKeyword] ?? texts['workflow'] ?? texts['prompt']
  if (carried === undefined) throw new WorkflowRefused(file, ['The picture carries no workflow.'])
  return carried
}

/** The other format of a workflow, with what could not be said in it. */
export function convert(
  file: string,
  text: string,
  classes: ComfyClasses,
  to: 'api' | 'editor' = 'api',
): { readonly text: string; readonly problems: readonly string[] } {
  const parsed = parseJson(text, { ...jsonLimits, python: true })
  if (!parsed.ok) throw new WorkflowRefused(file, [`Line ${parsed.line}, column ${parsed.column}: ${parsed.message}`])
  const json: JsonValue = parsed.value
  if (isJsonObject(json) && json['format'] === 'patchbay-workflow') {
    const opened = parseWorkflowText(text)
    if (!opened.ok) throw new WorkflowRefused(file, opened.issues.map(lineOf))
    if (to === 'editor') {
      const { workflow, problems } = uiFromNative(opened.workflow, classes)
      return { text: `${exactJson(workflow)}\n`, problems }
    }
    const { prompt, problems } = promptFromNative(opened.workflow, classes)
    return { text: `${exactJson(promptJson(prompt))}\n`, problems }
  }
  const imported = importedFrom(file, json, classes)
  if (!imported) throw new WorkflowRefused(file, ["It is neither one of our workflows nor one of ComfyUI's."])
  return { text: serializeWorkflow(imported.document), problems: imported.problems }
}

function importedFrom(file: string, json: JsonValue, classes: ComfyClasses) {
  try {
    return importWorkflow(json, classes)
  } catch (error) {
    if (error instanceof Failure) throw new WorkflowRefused(file, [error.message])
    throw error
  }
}
