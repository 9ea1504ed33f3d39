// @vitest-environment jsdom
import { beforeEach, describe, expect, test } from 'vitest'
import { preparePage } from '../testing/page.ts'
import { PointerGestures } from './pointer-gestures.ts'

preparePage()

describe('what a press on the canvas means', () => {
  let container: HTMLElement
  let gestures: PointerGestures
  let tool: 'hand' | 'select'
  beforeEach(() => {
    container = document.createElement('div')
    container.innerHTML = '<p class="node"><button class="socket"></button><input /><b>title</b></p>'
    tool = 'hand'
    gestures = new PointerGestures({
      view: {
        container,
        content: document.createElement('div'),
        element: () => undefined,
        show: () => undefined,
        pointOf: ({ clientX, clientY }) => ({ x: clientX / 2, y: clientY / 2 }),
      },
      scene: { nodeAt: () => undefined },
      tool: () => tool,
      isShown: () => false,
    })
    gestures.listen()
  })
  const press = (selector: string, init: PointerEventInit = {}): void =>
    void container.querySelector(selector)?.dispatchEvent(new PointerEvent('pointerdown', { bubbles: true, ...init }))
  const event = (init: PointerEventInit = {}): PointerEvent => new PointerEvent('pointerdown', init)

  test.each([
    ['b', 'node'],
    ['input', 'control'],
    ['.socket', 'socket'],
  ] as const)('on %s it is on a %s', (selector, pressed) => {
    press(selector)
    expect(gestures.pressed).toBe(pressed)
  })
  test('the keys that are held with it are known; the Mac command key counts as Ctrl', () => {
    press('b', { shiftKey: true, metaKey: true })
    expect(gestures.modifiers).toEqual({ shift: true, ctrl: true, alt: false })
  })
  test('with the hand it moves the view, unless keys that select are held', () => {
    expect(gestures.pans(event())).toBe(true)
    expect(gestures.pans(event({ shiftKey: true }))).toBe(false)
    expect(gestures.pans(event({ ctrlKey: true }))).toBe(false)
  })
  test('with the selection tool only the middle button, touch and Space move the view', () => {
    tool = 'select'
    expect(gestures.pans(event())).toBe(false)
    expect(gestures.pans(event({ button: 1 }))).toBe(true)
    expect(gestures.pans(event({ pointerType: 'touch' }))).toBe(true)
    gestures.holdSpace()
    expect(gestures.pans(event())).toBe(true)
  })
  test('the right button never moves it', () => expect(gestures.pans(event({ button: 2 }))).toBe(false))
  test('Space that was held and did not pan is a key press', () => {
    gestures.holdSpace()
    expect(container.dataset['space']).toBe('')
    expect(gestures.releaseSpace()).toBe(true)
    expect(container.dataset['space']).toBeUndefined()
  })
  test('Space that panned is none, and neither is one that was not held', () => {
    gestures.holdSpace()
    gestures.viewMoved()
    expect(gestures.releaseSpace()).toBe(false)
    expect(gestures.releaseSpace()).toBe(false)
  })
  test('the place of the pointer is known until it leaves', () => {
    container.dispatchEvent(new PointerEvent('pointermove', { clientX: 40, clientY: 20 }))
    expect(gestures.lastPoint()).toEqual({ x: 20, y: 10 })
    container.dispatchEvent(new PointerEvent('pointerleave'))
    expect(gestures.lastPoint()).toBeUndefined()
  })
  test('nothing is heard any more when the listening ends', () => {
    const silent = document.createElement('div')
    const other = new PointerGestures({
      view: {
        container: silent,
        content: silent,
        element: () => undefined,
        show: () => undefined,
        pointOf: () => ({ x: 1, y: 1 }),
      },
      scene: { nodeAt: () => undefined },
      tool: () => 'hand',
      isShown: () => false,
    })
    other.listen()()
    silent.dispatchEvent(new PointerEvent('pointermove'))
    expect(other.lastPoint()).toBeUndefined()
  })
})
