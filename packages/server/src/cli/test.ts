import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { type Outcome, type RegistryOptions, execute, validateWorkflow } from '@patchbay/engine'
import { parseJson } from '@patchbay/engine/workflow'
import { isImage } from '@patchbay/nodes'
import { checkPictures, placesOf, type PictureFinding } from './golden-pictures.ts'
import { createLocalHost, loadPacks, modelsOption } from './local-host.ts'
import { lineOf, openWorkflow, WorkflowRefused } from './open-workflow.ts'
import type { Terminal } from './run.ts'
import { applySettings } from './settings.ts'
import { parseTestFile, type ScoreBound, type TestedOutput, type WorkflowTest } from './test-file.ts'

export interface TestOptions {
  readonly models?: string
  readonly input?: string
  readonly out?: string
  readonly update?: boolean
  readonly json?: boolean
  readonly nodePack?: readonly string[]
}

/**
 * `patchbay test <workflow…>`: runs workflows and holds their scores and pictures to the test files beside them; exits
 * with 1 when any fails.
 */
export function addTestCommand(program: Command, terminal: () => Terminal, finish: (code: number) => void): void {
  const collect = (value: string, before: readonly string[] = []) => [...before, value]
  program
    .command('test')
    .argument('<workflow...>', 'workflow files')
    .option('-u, --update', 'make the golden pictures from what the workflows give')
    .option('-m, --models <folder>', modelsOption)
    .option('-i, --input <folder>', 'where pictures are opened from (default: the current folder)')
    .option('-o, --out <folder>', 'where pictures that failed are put, with their differences (default: ./test-output)')
    .option('--node-pack <folder or package>', 'load the nodes of a pack; may be repeated', collect)
    .option('--json', 'print one JSON object a line for every workflow')
    .action(async (files: readonly string[], options: TestOptions) => {
      finish(await testWorkflows(files, options, terminal()))
    })
}

/**
 * Tests workflow files; resolves to the exit code. A test file stands for its workflow. Of several workflows, as
 * `*.json` gives them, those without a test are passed over, unless that is all of them.
 */
export async function testWorkflows(
  given: readonly string[],
  options: TestOptions,
  terminal: Terminal,
): Promise<number> {
  const all = [...new Set(given.map((file) => file.replace(/\.test\.json$/, '.json')))]
  const tested = all.filter((file) => existsSync(placesOf(file).test))
  const files = tested.length > 0 ? tested : all
  const definitions = await loadPacks(options.nodePack, terminal)
  let failed = 0
  for (const file of all) {
    if (!files.includes(file)) {
      if (options.json === true) terminal.out(`${JSON.stringify({ workflow: file, skipped: 'no test file' })}\n`)
      else terminal.out(`no test ${file}\n`)
      continue
    }
    const findings = await findingsOf(file, options, definitions, terminal.signal).catch(
      (error: unknown): PictureFinding[] => {
        if (!(error instanceof WorkflowRefused)) throw error
        return error.lines.map((line) => ({ passed: false, line }))
      },
    )
    if (terminal.signal.aborted) return 130
    const passed = findings.every((finding) => finding.passed)
    if (!passed) failed++
    if (options.json === true) terminal.out(`${JSON.stringify({ workflow: file, passed, findings })}\n`)
    else {
      terminal.out(`${passed ? 'passed' : 'FAILED'}  ${file}\n`)
      for (const { passed: fine, line } of findings)
        (fine ? terminal.out : terminal.error)(`  ${fine ? '✓' : '✗'} ${line}\n`)
    }
  }
  if (options.json !== true && all.length > 1) terminal.out(`${files.length - failed} of ${files.length} passed\n`)
  return failed === 0 ? 0 : 1
}

async function findingsOf(
  file: string,
  options: TestOptions,
  definitions: RegistryOptions,
  signal: AbortSignal,
): Promise<readonly PictureFinding[]> {
  const places = placesOf(file)
  const workflow = await openWorkflow(file)
  const test = await openTest(places.test, file, workflow)
  const applied = applySettings(workflow, test.settings)
  if (!applied.ok)
    throw new WorkflowRefused(
      file,
      applied.problems.map((problem) => problem.replace('--set', 'set')),
    )
  // What the workflow keeps is not what is tested, and goes with this folder.
  const kept = await mkdtemp(join(tmpdir(), 'patchbay-test-'))
  try {
    const { registry, services } = createLocalHost({ ...options, output: kept }, definitions)
    const targets = [...new Set([...test.scores, ...test.pictures].map(({ node }) => node))]
    const validated = await validateWorkflow(applied.workflow, registry, { services, targets })
    if (!validated.ok) throw new WorkflowRefused(file, validated.issues.map(lineOf))
    const result = await execute(validated.plan, { services, signal }).result
    return await findingsIn(result, test, {
      golden: places.golden,
      out: options.out ?? 'test-output',
      update: options.update ?? false,
    })
  } finally {
    await rm(kept, { recursive: true, force: true })
  }
}

async function openTest(
  path: string,
  file: string,
  workflow: Parameters<typeof parseTestFile>[1],
): Promise<WorkflowTest> {
  if (!existsSync(path)) {
    throw new WorkflowRefused(file, [
      `There is no ${path}; it says what must hold, such as { "scores": { "node.output": { "min": 20 } } }.`,
    ])
  }
  const parsed = parseJson(await readFile(path, 'utf8'))
  if (!parsed.ok) throw new WorkflowRefused(file, [`${path} is no JSON.`])
  const test = parseTestFile(parsed.value, workflow)
  if (!test.ok)
    throw new WorkflowRefused(
      file,
      test.problems.map((problem) => `${path}: ${problem}`),
    )
  return test.test
}

async function findingsIn(
  result: Outcome,
  test: WorkflowTest,
  golden: Parameters<typeof checkPictures>[3],
): Promise<readonly PictureFinding[]> {
  if (result.state === 'cancelled') return [{ passed: false, line: 'cancelled' }]
  if (result.state === 'failed') return [{ passed: false, line: result.error.message }]
  const valuesOf = ({ node, output }: TestedOutput): readonly unknown[] => {
    const outputs = result.outputs.get(node)
    const value = outputs && Object.hasOwn(outputs, output) ? outputs[output] : undefined
    return value === undefined ? [] : Array.isArray(value) ? value : [value]
  }
  const missing = ({ name, node }: TestedOutput): PictureFinding => {
    const known = Object.keys(result.outputs.get(node) ?? {})
    const reason = result.blocked.map((blocked) => blocked.reason).join(' ')
    const line = `${name}: there is no such value${reason ? ` (${reason})` : ''}; ${node} gives ${known.join(', ') || 'nothing'}`
    return { passed: false, line }
  }
  const findings: PictureFinding[] = []
  for (const bound of test.scores) {
    const values = valuesOf(bound)
    findings.push(values.length === 0 ? missing(bound) : scoreFinding(bound, values))
  }
  for (const bound of test.pictures) {
    const values = valuesOf(bound)
    const pictures = values.filter(isImage)
    if (values.length === 0) findings.push(missing(bound))
    else if (pictures.length < values.length) findings.push({ passed: false, line: `${bound.name}: is no picture` })
    else findings.push(...(await checkPictures(bound.name, pictures, bound.tolerance, golden)))
  }
  return findings
}

/** Every number of a list must lie within; the one that is farthest out, or nearest to it, is told. */
function scoreFinding({ name, min, max }: ScoreBound, values: readonly unknown[]): PictureFinding {
  const wrong = values.find((value) => typeof value !== 'number' || Number.isNaN(value))
  if (wrong !== undefined) return { passed: false, line: `${name}: is ${String(wrong)}, no number` }
  const numbers = values.filter((value) => typeof value === 'number')
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)]
  const range = least === most ? digits(least) : `${digits(least)} to ${digits(most)}`
  const bounds = [...(min === undefined ? [] : [`at least ${min}`]), ...(max === undefined ? [] : [`at most ${max}`])]
  const passed = least >= (min ?? -Infinity) && most <= (max ?? Infinity)
  return { passed, line: `${name}: ${range}, expected ${bounds.join(' and ')}` }
}

const digits = (value: number): string => String(Number(value.toPrecision(5)))
