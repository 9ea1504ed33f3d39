import { expect, test } from 'vitest'
import { createLogLines } from './log-lines.ts'
import { createLog } from './log.ts'

const nowhere = { write: () => undefined }

test('lines are kept as people read them: level, message, plain fields, and of an error only what it says', () => {
  const lines = createLogLines()
  const log = createLog('silent', nowhere, lines)
  log.info({ job: 'a', details: { token: 'x' } }, 'job ended')
  log.error({ err: new Error('It broke.'), request: { token: 'secret' } }, 'request failed')
  log.debug('too fine')
  expect(lines.all().map(({ text }) => text)).toEqual(['[info] job ended job=a', '[error] request failed It broke.'])
  expect(lines.all()[0]?.at).toMatch(/^\d{4}-\d\d-\d\dT/)
})

test('only the last lines are kept, and those who listen hear each until they stop', () => {
  const lines = createLogLines(3)
  const log = createLog('silent', nowhere, lines)
  const heard: string[] = []
  const stop = lines.listen(({ text }) => heard.push(text))
  for (let i = 0; i < 20; i++) log.info(String(i))
  stop()
  log.info('more')
  expect(lines.all().map(({ text }) => text)).toEqual(['[info] 18', '[info] 19', '[info] more'])
  expect(heard).toHaveLength(20)
})

test('what is written is what the level says, whatever is kept', () => {
  const written: string[] = []
  const log = createLog('warn', { write: (line) => void written.push(line) }, createLogLines())
  log.info('quiet')
  log.warn('loud')
  expect(written.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['loud'])
})
