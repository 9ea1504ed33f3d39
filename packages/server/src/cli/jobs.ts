import type { Command } from 'commander'
import type { Job } from '../api/api-types.ts'
import { type KeepOptions, keepOf } from './option-values.ts'
import { clientOf, table, withServerOptions, type RemoteOptions } from './remote.ts'
import type { Terminal } from './run.ts'

/** `patchbay jobs`: what a server runs, and what became of it. */
export function addJobsCommand(program: Command, terminal: () => Terminal, finish: (code: number) => void): void {
  const jobs = program.command('jobs')
  withServerOptions(jobs.command('list', { isDefault: true }).description('The last jobs.')).action(
    async (options: RemoteOptions) => {
      const { jobs: listed } = await clientOf(options).jobs.list({ limit: 30 })
      terminal().out(options.json ? `${JSON.stringify(listed, null, 2)}\n` : table(listed.map(rowOf)))
      finish(0)
    },
  )
  withServerOptions(jobs.command('show <id>').description('One job, with its document and files.')).action(
    async (id: string, options: RemoteOptions) => {
      terminal().out(`${JSON.stringify(await clientOf(options).jobs.get(id), null, 2)}\n`)
      finish(0)
    },
  )
  for (const [name, description] of [
    ['cancel', 'End a job that waits or runs.'],
    ['retry', 'Run a job that has ended once more.'],
  ] as const) {
    withServerOptions(jobs.command(`${name} <id>`).description(description)).action(
      async (id: string, options: RemoteOptions) => {
        const job = await clientOf(options).jobs[name](id)
        terminal().out(options.json ? `${JSON.stringify(job, null, 2)}\n` : table([rowOf(job)]))
        finish(0)
      },
    )
  }
  withServerOptions(
    jobs
      .command('prune')
      .description("Forget old jobs and remove files that no job refers to; without options by the server's own rule.")
      .option('--keep-jobs <count>', 'keep so many of the jobs that have ended')
      .option('--keep-days <count>', 'keep those that ended within so many days')
      .option('--keep-size <size>', 'keep the newest whose files take no more than this together, e.g. 20GB')
      .option('--dry-run', 'only say what would go'),
  ).action(async ({ dryRun = false, ...options }: RemoteOptions & KeepOptions & { readonly dryRun?: boolean }) => {
    const pruned = await clientOf(options).jobs.prune({ ...keepOf(options), ...(dryRun ? { dryRun } : {}) })
    const size = `${(pruned.bytes / 2 ** 20).toFixed(1)} MiB`
    const text = `${pruned.jobs} jobs and ${pruned.files} files (${size}) ${dryRun ? 'would go' : 'are gone'}.\n`
    terminal().out(options.json ? `${JSON.stringify(pruned)}\n` : text)
    finish(0)
  })
  withServerOptions(jobs.command('follow').description('Print events as they happen, one JSON object a line.')).action(
    async (options: RemoteOptions) => {
      const { out, signal } = terminal()
      const live = clientOf(options).follow({ onEvent: (message) => out(`${JSON.stringify(message)}\n`) })
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      live.close()
      finish(130)
    },
  )
}

function rowOf(job: Job): string[] {
  const took = job.startedAt === undefined ? '' : `${((job.finishedAt ?? Date.now()) - job.startedAt) / 1000} s`
  const nodes = job.nodes ? `${job.nodes.finished}/${job.nodes.total} nodes` : ''
  return [
    job.id,
    job.state,
    new Date(job.createdAt).toISOString(),
    took,
    nodes,
    job.name ?? '',
    job.error?.message ?? '',
  ]
}
