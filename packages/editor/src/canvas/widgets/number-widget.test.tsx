// @vitest-environment jsdom
import { fireEvent, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, test } from 'vitest'
import type { Widget } from '@patchbay/engine/workflow'
import { showWidget, undoSteps } from '../../testing/component-kit.tsx'
import { preparePage } from '../../testing/page.ts'

preparePage()

const int: Widget = { type: 'int', min: 0, max: 100, step: 5 }

describe('a number', () => {
  const box = () => screen.getByRole('spinbutton', { name: 'Size, Any' })
  const drag = (pixels: number, keys: object = {}): void => {
    fireEvent.pointerDown(box(), { button: 0, clientX: 100 })
    fireEvent.pointerMove(box(), { clientX: 100 + pixels, ...keys })
    fireEvent.pointerUp(box())
  }

  test('is the default until it is set', async () => {
    await showWidget(int, undefined, { default: 15 })
    expect(box().getAttribute('aria-valuenow')).toBe('15')
  })
  test('is dragged by its step, faster with Shift', async () => {
    const kit = await showWidget(int, 20)
    drag(8)
    expect(kit.value()).toBe(30)
    drag(4, { shiftKey: true })
    expect(kit.value()).toBe(80)
  })
  test('stays in its range', async () => {
    const kit = await showWidget(int, 20)
    drag(-4000)
    expect(kit.value()).toBe(0)
    drag(4000)
    expect(kit.value()).toBe(100)
  })
  test('is typed after a click, and arithmetic works', async () => {
    const kit = await showWidget(int, 20)
    drag(0)
    await userEvent.clear(screen.getByRole('textbox', { name: 'Size, Any' }))
    await userEvent.type(screen.getByRole('textbox', { name: 'Size, Any' }), '(3+4)*5{Enter}')
    expect(kit.value()).toBe(35)
  })
  test('that is no number is marked and not taken', async () => {
    const kit = await showWidget(int, 20)
    drag(0)
    const field = screen.getByRole('textbox', { name: 'Size, Any' })
    await userEvent.clear(field)
    await userEvent.type(field, '3 apples{Enter}')
    expect(field.getAttribute('aria-invalid')).toBe('true')
    expect(field.title).toBe('A number between 0 and 100')
    expect(kit.value()).toBe(20)
  })
  test('is left as it was by Escape', async () => {
    const kit = await showWidget(int, 20)
    drag(0)
    await userEvent.type(screen.getByRole('textbox', { name: 'Size, Any' }), '7{Escape}')
    expect(kit.value()).toBe(20)
    expect(box()).toBeDefined()
  })
  test('goes up and down by the arrow keys, in tens with Shift, as one step to undo', async () => {
    const kit = await showWidget(int, 20)
    box().focus()
    await userEvent.keyboard('{ArrowUp}{ArrowUp}{ArrowDown}')
    expect(kit.value()).toBe(25)
    await userEvent.keyboard('{Shift>}{ArrowUp}{/Shift}')
    expect(kit.value()).toBe(75)
    expect(undoSteps(kit)).toBe(1)
  })
  test('a digit begins to type it', async () => {
    const kit = await showWidget(int, 20)
    box().focus()
    await userEvent.keyboard('42{Enter}')
    expect(kit.value()).toBe(42)
  })
  test('with a slider goes to where it is pressed', async () => {
    const kit = await showWidget({ type: 'float', min: 0, max: 1, step: 0.1, slider: true }, 0.2)
    fireEvent.pointerDown(box(), { button: 0, clientX: 0 })
    fireEvent.pointerMove(box(), { clientX: 600 })
    expect(kit.value()).toBe(0.5)
  })
  test('shows its unit', async () => {
    await showWidget({ ...int, unit: 'px' }, 20)
    expect(box().textContent).toContain('20 px')
  })
})

describe('a seed', () => {
  const seed: Widget = { type: 'seed' }
  const field = () => screen.getByRole<HTMLInputElement>('textbox', { name: 'Size, Any' })

  test('keeps all of its 64 bits', async () => {
    const kit = await showWidget(seed, 0)
    await userEvent.clear(field())
    await userEvent.type(field(), '18446744073709551615')
    expect(kit.value()).toBe('18446744073709551615')
  })
  test('that is none is marked and not taken', async () => {
    const kit = await showWidget(seed, 7)
    await userEvent.type(field(), 'x')
    expect(field().getAttribute('aria-invalid')).toBe('true')
    expect(kit.value()).toBe(7)
  })
  test('is thrown anew by the dice', async () => {
    const kit = await showWidget(seed, 7)
    await userEvent.click(screen.getByRole('button', { name: 'New random seed' }))
    expect(kit.value()).not.toBe(7)
  })
  test('says what becomes of it after each run, and that is kept in the layout', async () => {
    const kit = await showWidget(seed, 7)
    const rule = () => kit.tab.document.graph().layout?.nodes?.['1']?.seeds
    await userEvent.click(screen.getByRole('button', { name: 'After each run: keep' }))
    await userEvent.click(screen.getByRole('menuitemradio', { name: 'add 1' }))
    expect(rule()).toEqual({ size: 'increment' })
    await userEvent.click(screen.getByRole('button', { name: 'After each run: add 1' }))
    await userEvent.click(screen.getByRole('menuitemradio', { name: 'keep' }))
    expect(rule()).toBeUndefined()
  })
})

test('a number out of range is taken to the nearest, which is said', async () => {
  const kit = await showWidget(int, 20)
  await userEvent.click(screen.getByRole('spinbutton', { name: 'Size, Any' }))
  await userEvent.clear(screen.getByRole('textbox'))
  await userEvent.type(screen.getByRole('textbox'), '9999{Enter}')
  expect(kit.value()).toBe(100)
  expect(kit.said).toEqual(['“Size” takes 0 to 100: the nearest was taken.'])
})
