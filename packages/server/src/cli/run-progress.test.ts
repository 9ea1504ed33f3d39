import { expect, test } from 'vitest'
import { createRunProgress } from './run-progress.ts'

/** What is on the line of a terminal: a carriage return goes back, and `ESC [2K` empties it. */
function screen() {
  let line = ''
  return {
    write: (text: string) => void (line = (line + text).split('\r').at(-1)!.split('\u001b[2K').at(-1)!),
    line: () => line,
  }
}

test('the bar counts steps as parts of their node, and tells node, step, time and preview', () => {
  let at = 0
  const { write, line } = screen()
  const progress = createRunProgress(write, (node) => `Sample (${node})`, {
    columns: 120,
    now: () => (at += 1000),
    previews: () => '/somewhere/preview.png',
  })
  progress.show({ type: 'run-started', nodes: 4 })
  progress.show({ type: 'node-finished', node: 'a', ms: 1 })
  progress.show({ type: 'node-started', node: 'b' })
  const preview = { mime: 'image/png', width: 1, height: 1, index: 0, bytes: new Uint8Array() }
  progress.show({ type: 'node-preview', node: 'b', preview })
  progress.show({ type: 'node-progress', node: 'b', step: 10, steps: 20 })
  expect(line()).toContain('38 %')
  for (const part of ['Sample (b)', 'step 10/20', '/somewhere/preview.png', ' s ']) expect(line()).toContain(part)
  progress.clear()
  expect(line()).toBe('')
})

test('the bar is never wider than the terminal, and is not drawn more often than it can be seen', () => {
  let drawn = 0
  const lines: string[] = []
  const progress = createRunProgress(
    (text) => void (lines.push(text), drawn++),
    () => 'x'.repeat(500),
    {
      columns: 60,
      now: () => 5,
    },
  )
  progress.show({ type: 'run-started', nodes: 2 })
  for (let step = 1; step <= 100; step++) progress.show({ type: 'node-progress', node: 'a', step, steps: 100 })
  expect(drawn).toBe(1)
  expect((lines[0] ?? '').replace('\r\u001b[2K', '').length).toBeLessThan(60)
})
