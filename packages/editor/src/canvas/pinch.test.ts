// @vitest-environment jsdom
import { expect, test, vi } from 'vitest'
import { preparePage } from '../testing/page.ts'
import { listenToPinch } from './pinch.ts'

preparePage()

test('two fingers zoom about what is between them, and give up what the first one began', () => {
  const container = document.createElement('div')
  document.body.append(container)
  const moveTo = vi.fn(async () => undefined)
  const began = vi.fn()
  const stop = listenToPinch({ container, transform: { x: 0, y: 0, k: 1 }, moveTo }, began)
  const finger = (type: string, pointerId: number, clientX: number) =>
    container.dispatchEvent(
      new PointerEvent(type, { bubbles: true, pointerType: 'touch', pointerId, clientX, clientY: 100 }),
    )
  finger('pointerdown', 1, 100)
  finger('pointermove', 1, 110)
  expect(moveTo).not.toHaveBeenCalled()
  finger('pointermove', 1, 100)
  finger('pointerdown', 2, 200)
  expect(began).toHaveBeenCalledTimes(1)
  finger('pointermove', 2, 300)
  expect(moveTo).toHaveBeenLastCalledWith({ x: -100, y: -100, k: 2 })
  finger('pointerup', 2, 300)
  finger('pointermove', 1, 400)
  expect(moveTo).toHaveBeenCalledTimes(1)
  stop()
})
