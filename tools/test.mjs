// npm test: installs what is missing, type-checks, lints, checks the format, looks for dead code, runs every test, and ends with one plain line of counts.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureChromium } from './chromium.mjs'
import { bin, compile, ensureInstalled, must, run } from './workspace.mjs'

const only = process.argv.slice(2)

await ensureInstalled()
const chromium = await ensureChromium()
await must('The type check', ...compile())
await must('The lint', 'npm', ['run', '--silent', 'lint'])
await must('The format check (npm run format mends it)', 'npm', ['run', '--silent', 'format:check'])
await must('The search for what nothing uses', 'npm', ['run', '--silent', 'knip'])
await must('The build of the editor', 'npm', ['run', '--silent', 'build', '-w', '@patchbay/editor'])

const folder = mkdtempSync(join(tmpdir(), 'patchbay-test-'))
const report = join(folder, 'report.json')
const code = await run(
  bin('vitest'),
  ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...only],
  { env: { ...process.env, PATCHBAY_CHROMIUM: chromium ?? '' } },
)

const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined
rmSync(folder, { recursive: true, force: true })
if (!counts) {
  console.error('The test runner ended before it could report. The lines above say why.')
  process.exit(code || 1)
}
const skipped = counts.numPendingTests + counts.numTodoTests
// A file that fails to load has no tests to count; it is a failure all the same.
const brokenFiles = counts.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
const failed = counts.numFailedTests + brokenFiles.length
console.log(`${counts.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exit(code !== 0 ? code : failed > 0 || counts.numPassedTests === 0 ? 1 : 0)
