/** How often the parent is looked at, in ms. */
const lookEveryMs = 250

/**
 * Calls `stop` for each signal by which a server is asked to end, a closed terminal among them. npm runs a command
 * through a shell, which does not pass on the signal that ends it; this process then has another parent, which counts
 * as one.
 */
export function onStopSignals(stop: () => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  if (process.env['npm_command'] === undefined) return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    stop()
  }, lookEveryMs).unref()
}
