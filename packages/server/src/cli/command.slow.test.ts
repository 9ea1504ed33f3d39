import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type TestServer, drawing, startTestServer, testNodes, waiting } from '../testing/test-server.ts'

const main = fileURLToPath(new URL('./main.ts', import.meta.url))
const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
const folder = mkdtempSync(join(tmpdir(), 'patchbay-command-'))
const fileOf = (name: string, content: unknown): string => {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly errors: string
}
/** The command itself, in a process of its own. */
function patchbay(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, ['--conditions=patchbay-source', '--import', loader, main, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed = { out: '', errors: '' }
  child.stdout.on('data', (chunk: Buffer) => (printed.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (printed.errors += chunk.toString()))
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...printed })))
}
const wait = fileOf('wait.json', waiting(1))
const pack = ['--node-pack', testNodes]
const nowhere = ['--server', 'http://127.0.0.1:9']

describe.concurrent('without a server', { timeout: 120_000 }, () => {
  test('an editor that is not there ends serve with a sentence', async ({ expect }) => {
    const { code, errors } = await patchbay(
      'serve',
      '--port',
      '0',
      '--data-directory',
      folder,
      '--front-end-root',
      folder,
    )
    expect([code, errors]).toEqual([
      2,
      `--front-end-root takes a folder with an index.html in it; ${folder} has none.\n`,
    ])
  })

  test('a wrong command line ends with 2, help with 0', async ({ expect }) => {
    const [option, command, missing, help] = await Promise.all([
      patchbay('run', wait, '--nope'),
      patchbay('sing'),
      patchbay('diff', wait),
      patchbay('--help'),
    ])
    expect([option.code, command.code, missing.code, help.code]).toEqual([2, 2, 2, 0])
    expect(option.errors).toContain("unknown option '--nope'")
  })

  test('serve refuses what it cannot use in one sentence that says what helps', async ({ expect }) => {
    const data = join(folder, 'broken')
    mkdirSync(data)
    writeFileSync(join(data, 'patchbay.sqlite'), 'this is no database, and long enough to be looked at. '.repeat(40))
    const [taken, wrong, inTheWay] = await Promise.all([
      patchbay('serve', '--cpu', '--log-level', 'silent', '--data-directory', data),
      patchbay('serve', '--stall-timeout', 'soon', '--data-directory', data),
      patchbay('serve', '--cpu', '--log-level', 'silent', '--data-directory', join(wait, 'x')),
    ])
    expect([taken.code, wrong.code, inTheWay.code]).toEqual([1, 2, 1])
    expect(taken.errors).toMatch(/^The database .* cannot be used: file is not a database\. Move it away.*\n$/)
    expect(wrong.errors).toMatch(/^--stall-timeout takes a whole number.*not "soon"\.\n$/)
    expect(inTheWay.errors).toMatch(/^The folder .*wait\.json\/x cannot be made or written \(ENOTDIR\)\. Mend.*\n$/)
  })

  test('help and version load no native code, and help knows every command', async ({ expect }) => {
    const trace =
      '--import=data:text/javascript,process.on("exit",()=>{const{sharedObjects}=process.report.getReport();process.stderr.write(sharedObjects.filter((path)=>path.endsWith(".node")).join())})'
    for (const asked of ['--help', '--version']) {
      const child = spawn(process.execPath, [trace, '--conditions=patchbay-source', '--import', loader, main, asked])
      let [out, errors] = ['', '']
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
      child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
      expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0)
      expect(errors).toBe('')
      expect(out).toMatch(asked === '--help' ? /serve .*[^]*doctor / : /^\d+\.\d+\.\d+/)
    }
    const { code, out } = await patchbay('help', 'nodes')
    expect([code, out]).toEqual([0, expect.stringContaining('--node-pack')])
  })

  test('run takes packs, and bench tells the times of a workflow as JSON lines', async ({ expect }) => {
    expect(await patchbay('run', wait, ...pack, '-q')).toMatchObject({ code: 0, out: '0\n' })
    const { code, out } = await patchbay('bench', wait, '--runs', '2', '--json', ...pack)
    const metrics = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { metric: string; value: number; runs: number })
    expect(code).toBe(0)
    expect(metrics.map(({ metric }) => metric)).toEqual(
      expect.arrayContaining(['cold_s', 'warm_s', 'peak_memory_mb', 'node_ms wait']),
    )
    expect(metrics.every(({ value, runs }) => value >= 0 && runs === 2)).toBe(true)
  })

  test('run says what nodes warned of, and ends well', async ({ expect }) => {
    const warns = fileOf('warns.json', {
      format: 'patchbay-workflow',
      version: 1,
      nodes: {
        warning: { type: 'TestWarn', version: 1, values: {}, links: {} },
        keep: { type: 'TestKeep', version: 1, values: {}, links: { value: { node: 'warning', output: 'value' } } },
      },
    })
    expect(await patchbay('run', warns, ...pack, '-q')).toMatchObject({
      code: 0,
      errors: 'TestWarn (warning): warning: Something is left out.\n',
    })
  })

  test('bench of what cannot run says why and ends with 1, of a wrong count with 2', async ({ expect }) => {
    const [unknown, count] = await Promise.all([
      patchbay('bench', wait),
      patchbay('bench', wait, '--runs', 'x', ...pack),
    ])
    expect([unknown.code, count.code]).toEqual([1, 2])
    expect(unknown.errors).toContain('TestWait')
    expect(count.errors).toContain('--runs takes a whole number')
  })

  test('validate prints a JSON object for each file', async ({ expect }) => {
    const { code, out } = await patchbay('validate', wait, fileOf('bad.json', '{'), '--json', ...pack)
    const [fine, bad] = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { ok: boolean; lines: string[] })
    expect([code, fine?.ok, bad?.ok]).toEqual([1, true, false])
    expect(bad?.lines[0]).toContain('Line 1')
  })

  test('diff ends with 1 for another graph, 0 for another layout', async ({ expect }) => {
    const later = fileOf('later.json', waiting(2))
    const moved = fileOf('moved.json', { ...waiting(1), layout: { nodes: { wait: { x: 5, y: 5 } } } })
    const [other, same] = await Promise.all([patchbay('diff', wait, later, '--json'), patchbay('diff', wait, moved)])
    expect([other.code, same.code]).toEqual([1, 0])
    expect(JSON.parse(other.out)).toBeTypeOf('object')
  })

  test('convert turns a prompt into a workflow and says what it cannot', async ({ expect }) => {
    const prompt = fileOf('prompt.json', {
      '1': { class_type: 'EmptyLatentImage', inputs: { width: 64, height: 64, batch_size: 1 } },
      '2': { class_type: 'NobodyKnows', inputs: {} },
    })
    const { code, out } = await patchbay('convert', prompt, '--json')
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({
      workflow: { format: 'patchbay-workflow' },
      problems: [expect.stringContaining('NobodyKnows') as string],
    })
    expect(await patchbay('convert', fileOf('odd.json', '[]'))).toMatchObject({ code: 1 })
  })

  test('client-types writes TypeScript, to a file where asked', async ({ expect }) => {
    const parameters = { ms: { node: 'wait', input: 'ms' } }
    const named = fileOf('named.json', { ...waiting(1), name: 'slow one', parameters })
    const target = join(folder, 'slow-one.ts')
    expect(await patchbay('client-types', named, '-o', target)).toMatchObject({ code: 0, out: '' })
    expect(readFileSync(target, 'utf8')).toContain('export async function runSlowOne(')
    const missing = await patchbay('client-types', join(folder, 'nowhere.json'))
    expect([missing.code, missing.errors.includes('nowhere.json')]).toEqual([1, true])
  })

  test('a server that is not there is named, with what helps', async ({ expect }) => {
    const [jobs, models] = await Promise.all([patchbay('jobs', ...nowhere), patchbay('models', ...nowhere)])
    for (const { code, errors } of [jobs, models]) {
      expect(code).toBe(1)
      expect(errors).toContain('No answer from http://127.0.0.1:9')
      expect(errors).toContain('patchbay serve')
    }
  })

  test('doctor tells its findings as JSON', async ({ expect }) => {
    const { out } = await patchbay('doctor', '--json', '--data-directory', folder)
    const findings: { ok: boolean; text: string }[] = JSON.parse(out)
    expect(findings.map(({ text }) => text).join('\n')).toMatch(/Node \d+[^]*memory[^]*runner process starts/)
  })
})

describe.concurrent('what cannot be done is a sentence', { timeout: 120_000 }, () => {
  const png = fileOf('plain.json', '\u0089PNG\0\0\0')
  const notAFolder = fileOf('a-file', '')
  test.each([
    [['run', png], 1, 'That is neither text nor a picture that carries a Patchbay workflow'],
    [['run', wait, '--out', join(notAFolder, 'x')], 2, `--out takes a folder, and ${notAFolder} is a file`],
    [['run', wait, '--models', notAFolder], 2, '--models takes a folder that exists'],
    [['convert', folder], 1, 'That is a folder'],
    [['convert', wait, '--output', join(folder, 'nowhere', 'x.json')], 1, 'is a folder on the way missing'],
    [['client-types', wait, '--output', folder], 1, 'is a folder; name a file'],
    [['jobs', 'list', '--server', 'nourl'], 2, '--server takes an address'],
    [['serve', '--listen', '0.0.0.0'], 2, 'it needs a token'],
    [['serve', '--extra-model-paths-config', 'nowhere.yaml'], 2, "takes ComfyUI's YAML file"],
  ])('patchbay %j ends with %i', async (args, code, sentence) => {
    const ended = await patchbay(...args)
    expect([ended.code, ended.errors]).toEqual([code, expect.stringContaining(sentence)])
    // Never where in the program it was found.
    expect(ended.errors).not.toMatch(/^\s+at |node:|ENOENT: /m)
  })

  test('an address that is not of this machine is named', async ({ expect }) => {
    const data = join(folder, 'unbound')
    const { code, errors } = await patchbay(
      ...['serve', '--cpu', '--log-level', 'silent', '--data-directory', data],
      ...['--listen', '203.0.113.7', '--token', 'x'],
    )
    expect([code, errors]).toEqual([
      1,
      expect.stringMatching(/^Cannot listen on 203\.0\.113\.7, port 8188 \(EADDRNOTAVAIL\)/),
    ])
  })

  test('a reader that has seen enough ends the command without a word', async ({ expect }) => {
    const child = spawn(
      process.execPath,
      ['--conditions=patchbay-source', '--import', loader, main, 'nodes', '--json'],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    let errors = ''
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    child.stdout.once('data', () => child.stdout.destroy())
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect([code, errors]).toEqual([141, ''])
  })
})

describe('with a server', { timeout: 120_000 }, () => {
  let server: TestServer
  let at: string[]
  beforeAll(async () => {
    server = await startTestServer()
    at = ['--server', server.url]
  })
  afterAll(() => server.close())

  test('jobs lists, shows, cancels and retries; an unknown id ends with 1', async () => {
    const { jobs } = await server.client.jobs.submit({ document: drawing() }, { waitMs: 20_000 })
    const id = jobs[0]!.id
    const [listed, shown, unknown] = await Promise.all([
      patchbay('jobs', '--json', ...at),
      patchbay('jobs', 'show', id, ...at),
      patchbay('jobs', 'show', 'nobody', ...at),
    ])
    const retried = await patchbay('jobs', 'retry', id, '--json', ...at)
    expect(JSON.parse(listed.out)).toMatchObject([{ id }])
    expect(JSON.parse(shown.out)).toMatchObject({ id, files: [{ mime: 'image/png' }] })
    expect(JSON.parse(retried.out)).toMatchObject({ id })
    expect(unknown).toMatchObject({ code: 1, errors: 'There is no job "nobody".\n' })
    await server.client.queue.pause()
    const waits = await server.client.jobs.submit({ document: waiting(1) })
    const cancelled = await patchbay('jobs', 'cancel', waits.jobs[0]!.id, ...at)
    expect(cancelled.code).toBe(0)
    expect(cancelled.out).toContain('cancelled')
    await server.client.queue.resume()
  })

  test('models lists and shows; a download from a private address ends with 1 and says so', async () => {
    const header = Buffer.from('{"__metadata__":{"made":"here"}}')
    const length = Buffer.alloc(8)
    length.writeBigUInt64LE(BigInt(header.length))
    writeFileSync(join(server.directory, 'models', 'loras', 'tiny.safetensors'), Buffer.concat([length, header]))
    const [listed, shown, missing, got] = await Promise.all([
      patchbay('models', 'list', 'loras', '--json', ...at),
      patchbay('models', 'show', 'loras', 'tiny.safetensors', ...at),
      patchbay('models', 'list', 'nothing', ...at),
      patchbay('models', 'get', 'http://127.0.0.1:9/x.safetensors', 'loras', ...at),
    ])
    expect(JSON.parse(listed.out)).toMatchObject([{ folder: 'loras', name: 'tiny.safetensors' }])
    expect(JSON.parse(shown.out)).toMatchObject({ metadata: { made: 'here' } })
    expect(missing).toMatchObject({ code: 1, errors: expect.stringContaining('"nothing"') as string })
    expect(got.code).toBe(1)
    expect(got.errors).toMatch(/private|public/)
  })
})
