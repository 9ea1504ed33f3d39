import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publint } from 'publint'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freshCopy, nodeOf, packAll, root, sh, targetsOf, thisNode, withNode, type Packed } from './packing.ts'

let workplace: string
let packages: Packed[]
beforeAll(async () => {
  workplace = await mkdtemp(join(tmpdir(), 'patchbay-install-'))
  await freshCopy(join(workplace, 'copy'))
  packages = await packAll(join(workplace, 'copy'), join(workplace, 'tarballs'))
}, 900_000)
afterAll(() => rm(workplace, { recursive: true, force: true }))

describe('a packed package', () => {
  test('holds every file that its exports and its command name, its licence and its page', () => {
    const missing = packages.flatMap(({ name, files, manifest }) =>
      [...targetsOf(manifest.exports), ...targetsOf(manifest.bin), 'LICENSE', 'README.md', 'package.json']
        .filter((target) => !files.includes(target))
        .map((target) => `${name}: ${target}`),
    )
    expect(missing).toEqual([])
  })

  test('holds no test, no harness of tests and no benchmark', () => {
    const isHarness = /\.(test|test-d|contract)\.|(^|\/)(bench|fixtures)\/|(^|\/)testing[/.]/
    // Its harness is what authors of nodes test with.
    const isOffered = (path: string): boolean => /^(src|dist)\/testing[/.]/.test(path)
    const unwanted = packages.flatMap(({ name, files }) =>
      files
        .filter((path) => isHarness.test(path) && !(name === 'engine' && isOffered(path)))
        .map((path) => `${name}/${path}`),
    )
    expect(unwanted).toEqual([])
  })

  test('is right to publint, which knows how Node, bundlers and TypeScript read it', async () => {
    const messages: string[] = []
    for (const { name, tarball } of packages) {
      const bytes = await readFile(tarball)
      const pack = { tarball: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer }
      const { messages: found } = await publint({ pack, strict: true })
      messages.push(...found.map(({ code, path }) => `${name}: ${code} at ${path.join('.')}`))
    }
    expect(messages).toEqual([])
  })
})

/** An empty folder of somebody else, with all packages installed from their tarballs. */
async function strangersFolder(name: string, bin: string): Promise<string> {
  const folder = join(workplace, name)
  await mkdir(join(folder, 'my-pack'), { recursive: true })
  await writeFile(join(folder, 'package.json'), '{ "name": "stranger", "private": true, "type": "module" }')
  const install = ['install', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  await sh(folder, 'npm', [...install, ...packages.map(({ tarball }) => tarball), '@types/node@20'], withNode(bin))
  return folder
}

/** The first TypeScript block of a page. */
async function codeOf(page: string): Promise<string> {
  const [, code] = /```ts\n([\s\S]*?)```/.exec(await readFile(join(root, page), 'utf8')) ?? []
  if (code === undefined) throw new Error(`${page} has no code`)
  return code
}

const compilerOptions = {
  target: 'ES2023',
  module: 'NodeNext',
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  types: ['node'],
}

async function serverOf(folder: string, bin: string): Promise<{ url: string; process: ChildProcess }> {
  const command = join(folder, 'node_modules/.bin/patchbay')
  const args = ['serve', '--port', '0', '--data-directory', join(folder, 'data'), '--node-pack', './my-pack']
  const process = spawn(command, args, { cwd: folder, env: withNode(bin), stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [process.stdout, process.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString()
        const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? []
        if (address !== undefined) resolve(address)
      })
    }
    process.once('exit', () => reject(new Error(`The server ended: ${said}`)))
  })
  return { url, process }
}

const document = {
  format: 'patchbay-workflow',
  version: 1,
  nodes: {
    two: { type: 'Integer', version: 1, values: { value: 2 }, links: {} },
    sum: { type: 'MyPackAdd', version: 1, values: { by: 40 }, links: { value: { node: 'two', output: 'value' } } },
    show: { type: 'Show', version: 1, values: {}, links: { value: { node: 'sum', output: 'value' } } },
  },
}

describe.each([20, 22, 24])('installed from npm, on Node %i', (major) => {
  let folder: string
  let bin: string | undefined
  beforeAll(async () => {
    bin = process.version.startsWith(`v${major}.`) ? thisNode : await nodeOf(major, workplace)
    if (bin === undefined && process.env['CI']) throw new Error(`npm has no Node ${major} for this machine`)
    if (bin !== undefined) folder = await strangersFolder(`stranger-${major}`, bin)
  }, 900_000)

  test("the README's program and a node pack of the documentation compile and run", async (context) => {
    if (bin === undefined) return context.skip(`npm has no Node ${major} for this machine`)
    await writeFile(join(folder, 'apple.ts'), await codeOf('README.md'))
    await writeFile(join(folder, 'my-pack/index.ts'), await codeOf('docs/writing-a-node-pack.md'))
    await writeFile(join(folder, 'my-pack/package.json'), '{ "name": "my-pack", "type": "module", "main": "index.js" }')
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ compilerOptions, include: ['apple.ts', 'my-pack'] }),
    )
    await sh(folder, process.execPath, [join(root, 'node_modules/typescript7/bin/tsc'), '-p', folder])
    const pictures = (await sh(folder, join(bin, 'node'), ['apple.js'], withNode(bin))).trim().split('\n')
    expect(pictures).toEqual([expect.stringMatching(/^apple.*\.png$/)])
    expect(existsSync(join(folder, 'pictures', pictures[0] ?? ''))).toBe(true)
    expect(await sh(folder, 'npx', ['patchbay', 'nodes', '--node-pack', './my-pack'], withNode(bin))).toContain(
      'MyPackAdd',
    )
  }, 300_000)

  test('`npx patchbay serve` serves the editor, the workflows that ship, and a job of a node pack', async (context) => {
    if (bin === undefined) return context.skip(`npm has no Node ${major} for this machine`)
    const { url, process: server } = await serverOf(folder, bin)
    try {
      const page = await (await fetch(url)).text()
      const [, script = ''] = /<script[^>]* src="([^"]+)"/.exec(page) ?? []
      expect((await fetch(new URL(script, url))).headers.get('content-type')).toContain('javascript')
      const { templates } = (await (await fetch(`${url}/api/v1/templates`)).json()) as { templates: { id: string }[] }
      expect(templates.map(({ id }) => id)).toContain('text-to-image')
      const answer = await fetch(`${url}/api/v1/jobs?wait=60000`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ document }),
      })
      const body = await answer.text()
      expect(answer.status, body).toBe(201)
      expect(JSON.parse(body)).toMatchObject({ jobs: [{ state: 'succeeded' }] })
    } finally {
      server.kill()
      await once(server, 'exit')
    }
  }, 300_000)
})
