import type { Command } from 'commander'
import { clientOf, table, withServerOptions, type RemoteOptions } from './remote.ts'
import type { Terminal } from './run.ts'

/** `patchbay models`: the model files that a server has, and more of them. */
export function addModelsCommand(program: Command, terminal: () => Terminal, finish: (code: number) => void): void {
  const models = program.command('models')
  withServerOptions(
    models.command('list [folder]', { isDefault: true }).description('Model files, of one folder or all.'),
  ).action(async (folder: string | undefined, options: RemoteOptions) => {
    const client = clientOf(options)
    const folders = folder === undefined ? (await client.models.folders()).folders.map(({ name }) => name) : [folder]
    const files = (await Promise.all(folders.map((name) => client.models.list(name)))).flatMap((listed) => listed.files)
    const rows = files.map(({ folder: of, name, bytes }) => [of, name, `${(bytes / 2 ** 20).toFixed(1)} MiB`])
    terminal().out(options.json ? `${JSON.stringify(files, null, 2)}\n` : table(rows))
    finish(0)
  })
  withServerOptions(
    models.command('show <folder> <name>').description('What the header of a file says, and its hash.'),
  ).action(async (folder: string, name: string, options: RemoteOptions) => {
    terminal().out(`${JSON.stringify(await clientOf(options).models.detail(folder, name), null, 2)}\n`)
    finish(0)
  })
  withServerOptions(
    models
      .command('get <url> <folder>')
      .description('Fetch a file into a model folder; goes on where it stopped.')
      .option('--name <name>', 'what to call it')
      .option('--sha256 <hash>', 'what its SHA-256 must be'),
  ).action(async (url: string, folder: string, options: RemoteOptions & { name?: string; sha256?: string }) => {
    const { out, error, signal } = terminal()
    const client = clientOf(options)
    const { name, sha256 } = options
    const { id } = await client.models.download({
      url,
      folder,
      ...(name ? { name } : {}),
      ...(sha256 ? { sha256 } : {}),
    })
    for (;;) {
      const download = (await client.models.downloads()).downloads.find((candidate) => candidate.id === id)
      if (!download || download.state !== 'running') {
        if (download?.state === 'succeeded') out(`${folder}/${download.name}\n`)
        else error(`${download?.error ?? 'The download is gone.'}\n`)
        finish(download?.state === 'succeeded' ? 0 : 1)
        return
      }
      const of = download.totalBytes === undefined ? '' : ` of ${Math.round(download.totalBytes / 2 ** 20)}`
      error(`${Math.round(download.receivedBytes / 2 ** 20)}${of} MiB\n`)
      if (signal.aborted) await client.models.cancelDownload(id)
      await new Promise((resolve) => setTimeout(resolve, 1000))
    }
  })
}
