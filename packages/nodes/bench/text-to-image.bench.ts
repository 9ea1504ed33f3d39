/** Seconds from a sentence to a picture on the bundled checkpoint, cold and warm, and how much of the repository it takes. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { bundledFolder, createPainter } from './bundled-checkpoint.ts'

const asJson = process.argv.includes('--json')

function report(metric: string, value: number, unit: string, target: number): void {
  const line = {
    bench: 'text-to-image',
    metric,
    value: Number(value.toPrecision(4)),
    unit,
    target,
    holds: value <= target,
  }
  const text = `${metric.padEnd(24)} ${line.value} ${unit} (target ≤ ${target}: ${line.holds ? 'holds' : 'missed'})`
  process.stdout.write(`${asJson ? JSON.stringify(line) : text}\n`)
}

const began = performance.now()
const paint = await createPainter()
await paint('a red apple', { seed: 1 })
report('first_picture_seconds', (performance.now() - began) / 1000, 's', 10)

let best = Infinity
for (let seed = 2; seed < 5; seed++) {
  const start = performance.now()
  await paint('a red apple', { seed })
  best = Math.min(best, performance.now() - start)
}
report('picture_seconds', best / 1000, 's', 3)

const bytes = readdirSync(bundledFolder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
report('bundle_mb', bytes / 1e6, 'MB', 60)
