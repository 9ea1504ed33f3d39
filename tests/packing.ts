import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, readFile, symlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

export const root = resolve(import.meta.dirname, '..')
export const packageFolders = ['engine', 'onnx', 'nodes', 'client', 'editor', 'server', 'patchbay'] as const

const execute = promisify(execFile)

/** Runs a command to its end. @throws Error with all that it printed, when it fails. */
export async function sh(cwd: string, command: string, args: readonly string[], env = process.env): Promise<string> {
  try {
    const { stdout } = await execute(command, [...args], { cwd, env, maxBuffer: 64 * 2 ** 20 })
    return stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}\n${stderr}`, { cause: error })
  }
}

/** A copy of the sources, as a fresh clone after `npm ci`, so that packing leaves the builds of this folder alone. */
export async function freshCopy(folder: string): Promise<void> {
  const listed = await sh(root, 'git', ['ls-files', '-co', '--exclude-standard', 'packages', 'tools', 'workflows'])
  const files = listed.trim().split('\n')
  for (const file of [...files, 'package.json', 'tsconfig.base.json', '.npmrc']) {
    await cp(join(root, file), join(folder, file)).catch((error: unknown) => {
      // A file that git knows and the working tree has lost.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    })
  }
  await linkEntries('node_modules', folder, ['@patchbay', 'patchbay', '.cache'])
  await mkdir(join(folder, 'node_modules/@patchbay'), { recursive: true })
  for (const name of packageFolders) {
    if (name !== 'patchbay') await symlink(join(folder, 'packages', name), join(folder, 'node_modules/@patchbay', name))
    await linkEntries(`packages/${name}/node_modules`, folder, ['.vite', '.cache'])
  }
}

async function linkEntries(path: string, folder: string, except: readonly string[]): Promise<void> {
  const entries = await readdir(join(root, path)).catch(() => [])
  if (entries.length > 0) await mkdir(join(folder, path), { recursive: true })
  for (const entry of entries) {
    if (!except.includes(entry)) await symlink(join(root, path, entry), join(folder, path, entry))
  }
}

export interface Packed {
  readonly name: string
  /** Paths below the package's folder. */
  readonly files: readonly string[]
  readonly tarball: string
  readonly folder: string
  readonly manifest: { readonly exports?: unknown; readonly bin?: unknown; readonly license?: string }
}

/** Packs every package of a fresh copy, each built by its own `prepack`. */
export async function packAll(copy: string, destination: string): Promise<Packed[]> {
  await mkdir(destination, { recursive: true })
  const packed: Packed[] = []
  for (const name of packageFolders) {
    const folder = join(copy, 'packages', name)
    const said = await sh(folder, 'npm', [
      'pack',
      '--json',
      '--silent',
      '--ignore-scripts=false',
      '--pack-destination',
      destination,
    ])
    const [report] = JSON.parse(said.slice(said.indexOf('['))) as [{ filename: string; files: { path: string }[] }]
    packed.push({
      name,
      folder,
      tarball: join(destination, report.filename),
      files: report.files.map(({ path }) => path),
      manifest: JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Packed['manifest'],
    })
  }
  return packed
}

/** Every file that a value of `exports` or `bin` names. */
export function targetsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value.replace(/^\.\//, '')]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(targetsOf) : []
}

/** The folder of the `node` of another major version, from npm's package of that name; none where it cannot be fetched. */
export async function nodeOf(major: number, folder: string): Promise<string | undefined> {
  try {
    await sh(folder, 'npm', [
      'install',
      '--no-save',
      '--prefix',
      join(folder, `node-${major}`),
      '--ignore-scripts=false',
      `node@${major}`,
    ])
    const bin = join(folder, `node-${major}`, 'node_modules/node/bin')
    await sh(folder, join(bin, 'node'), ['--version'])
    return bin
  } catch {
    return undefined
  }
}

export const withNode = (bin: string): NodeJS.ProcessEnv => ({
  ...process.env,
  PATH: `${bin}:${process.env['PATH'] ?? ''}`,
})
export const thisNode = dirname(process.execPath)
