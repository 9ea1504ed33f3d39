import { readFile, writeFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { createRegistry, manifestOf, parseWorkflowText } from '@patchbay/engine'
import type { JsonValue } from '@patchbay/engine/workflow'
import { parseJson, serializeWorkflow } from '@patchbay/engine/workflow'
import { nodeDefinitions } from '@patchbay/nodes'
import { comfyClassesOf } from '../comfy/catalogue.ts'
import { promptFromNative } from '../comfy/from-native.ts'
import { importWorkflow } from '../comfy/import-workflow.ts'
import { exactJson, isObject } from '../comfy/prompt.ts'
import { textInPng } from '../storage/png-text.ts'
import type { Terminal } from './run.ts'
import { WorkflowRefused, lineOf } from './open-workflow.ts'

/** `patchbay convert <file>`: ComfyUI's formats to ours and back; also out of a picture. */
export function addConvertCommand(program: Command, terminal: () => Terminal, finish: (code: number) => void): void {
  program
    .command('convert')
    .argument('<file>', 'a workflow file or a PNG')
    .option('-o, --output <file>', 'write it there rather than print it')
    .option('--json', 'print one JSON object: the workflow, and what could not be said in it')
    .action(async (file: string, { output, json }: { readonly output?: string; readonly json?: boolean }) => {
      const { out, error } = terminal()
      const { text, problems } = convert(file, await textIn(file))
      if (json) out(`{"workflow":${text.trim()},"problems":${JSON.stringify(problems)}}\n`)
      else for (const problem of problems) error(`${problem}\n`)
      if (output !== undefined) await writeFile(output, text)
      else if (!json) out(text)
      finish(problems.length === 0 ? 0 : 1)
    })
}

async function textIn(file: string): Promise<string> {
  if (!file.toLowerCase().endsWith('.png')) return readFile(file, 'utf8')
  const texts = await textInPng(file)
  const carried = texts['patchbay-workflow'] ?? texts['workflow'] ?? texts['prompt']
  if (carried === undefined) throw new WorkflowRefused(file, ['The picture carries no workflow.'])
  return carried
}

/** The other format of a workflow, with what could not be said in it. */
export function convert(file: string, text: string): { readonly text: string; readonly problems: readonly string[] } {
  // Older programs wrote NaN, which is no JSON.
  const parsed = parseJson(text.replace(/\bNaN\b/g, 'null'))
  if (!parsed.ok) throw new WorkflowRefused(file, [`Line ${String(parsed.line)}: ${parsed.message}`])
  const classes = comfyClassesOf(manifestOf(createRegistry({ nodes: nodeDefinitions })))
  const json: JsonValue = parsed.value
  if (isObject(json) && json['format'] === 'patchbay-workflow') {
    const opened = parseWorkflowText(text)
    if (!opened.ok) throw new WorkflowRefused(file, opened.issues.map(lineOf))
    const { prompt, problems } = promptFromNative(opened.workflow, classes)
    return { text: `${exactJson(prompt)}\n`, problems }
  }
  const imported = importWorkflow(json, classes)
  if (!imported) throw new WorkflowRefused(file, ["It is neither one of our workflows nor one of ComfyUI's."])
  return { text: serializeWorkflow(imported.document), problems: imported.problems }
}
