// @vitest-environment jsdom
import { fireEvent, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, test } from 'vitest'
import type { Widget } from '@patchbay/engine/workflow'
import { showWidget, undoSteps } from '../../testing/component-kit.tsx'
import { preparePage } from '../../testing/page.ts'

preparePage()

describe('a text', () => {
  const multiline: Widget = { type: 'text', multiline: true }
  const field = () => screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Size, Any' })

  test('of several lines is typed, as one step to undo', async () => {
    const kit = await showWidget(multiline, 'a')
    await userEvent.type(field(), ' red{Enter}apple')
    expect(kit.value()).toBe('a red\napple')
    expect(undoSteps(kit)).toBe(1)
  })
  test('of one line is typed', async () => {
    const kit = await showWidget({ type: 'text', multiline: false }, '')
    await userEvent.type(field(), 'name')
    expect(kit.value()).toBe('name')
  })
  test('gives the selected words more weight with Ctrl and an arrow', async () => {
    const kit = await showWidget(multiline, 'a red apple')
    field().focus()
    field().setSelectionRange(2, 5)
    await userEvent.keyboard('{Control>}{ArrowUp}{/Control}')
    expect(kit.value()).toBe('a (red:1.05) apple')
  })
  test('is left by Escape', async () => {
    await showWidget(multiline, 'a')
    field().focus()
    await userEvent.keyboard('{Escape}')
    expect(document.activeElement).not.toBe(field())
  })
})

describe('a choice', () => {
  const widget: Widget = { type: 'choice', options: ['euler', 'heun', 'dpmpp_2m'] }
  const open = () => userEvent.click(screen.getByRole('button', { name: /^Size/ }))
  const options = () => screen.getAllByRole('option').map((option) => option.textContent)

  test('says what is chosen, and offers the rest', async () => {
    await showWidget(widget, 'heun')
    await open()
    expect(options()).toEqual(['euler', 'heun', 'dpmpp_2m'])
    expect(screen.getByRole('option', { name: 'heun' }).getAttribute('aria-selected')).toBe('true')
  })
  test('is taken by a press', async () => {
    const kit = await showWidget(widget, 'heun')
    await open()
    await userEvent.click(screen.getByRole('option', { name: 'euler' }))
    expect(kit.value()).toBe('euler')
    expect(screen.queryByRole('listbox')).toBeNull()
  })
  test('is filtered by typing, and taken by Enter', async () => {
    const kit = await showWidget(widget, 'heun')
    await open()
    await userEvent.type(screen.getByRole('combobox', { name: 'Filter' }), 'dpm')
    expect(options()).toEqual(['dpmpp_2m'])
    await userEvent.keyboard('{Enter}')
    expect(kit.value()).toBe('dpmpp_2m')
  })
  test('moves by the arrow keys from what is chosen', async () => {
    const kit = await showWidget(widget, 'heun')
    await open()
    await userEvent.keyboard('{ArrowDown}{Enter}')
    expect(kit.value()).toBe('dpmpp_2m')
  })
  test('stays as it was by Escape', async () => {
    const kit = await showWidget(widget, 'heun')
    await open()
    await userEvent.keyboard('{ArrowDown}{Escape}')
    expect(kit.value()).toBe('heun')
    expect(screen.queryByRole('listbox')).toBeNull()
  })
  test('that nothing is called says so', async () => {
    await showWidget(widget, 'heun')
    await open()
    await userEvent.type(screen.getByRole('combobox', { name: 'Filter' }), 'zzz')
    expect(screen.getByText('Nothing found')).toBeDefined()
  })
  test('of a sub-workflow offers those of the document', async () => {
    const kit = await showWidget({ type: 'workflow' }, 'inner')
    await open()
    expect(options()).toEqual(['inner', 'other'])
    await userEvent.keyboard('{ArrowDown}{Enter}')
    expect(kit.value()).toBe('other')
  })
})

describe('a switch', () => {
  test('is turned on and off', async () => {
    const kit = await showWidget({ type: 'toggle' }, false)
    await userEvent.click(screen.getByRole('switch', { name: 'Size, Any' }))
    expect(kit.value()).toBe(true)
    expect(screen.getByRole('switch').getAttribute('aria-checked')).toBe('true')
    await userEvent.click(screen.getByRole('switch'))
    expect(kit.value()).toBe(false)
  })
})

describe('a colour', () => {
  test('is picked, and the steps on the way are one to undo', async () => {
    const kit = await showWidget({ type: 'color' }, '#ff0000')
    const field = screen.getByLabelText('Size, Any', { selector: 'input' })
    fireEvent.change(field, { target: { value: '#00ff00' } })
    fireEvent.change(field, { target: { value: '#0000ff' } })
    expect(kit.value()).toBe('#0000ff')
    expect(undoSteps(kit)).toBe(1)
  })
})

describe('a JSON value', () => {
  const field = () => screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Size, Any' })
  test('is taken as soon as it is one', async () => {
    const kit = await showWidget({ type: 'json' }, { a: 1 })
    fireEvent.change(field(), { target: { value: '{"a": [1, 2]}' } })
    expect(kit.value()).toEqual({ a: [1, 2] })
  })
  test('that is broken is marked, and the one before stays', async () => {
    const kit = await showWidget({ type: 'json' }, { a: 1 })
    fireEvent.change(field(), { target: { value: '{"a":' } })
    expect(field().getAttribute('aria-invalid')).toBe('true')
    expect(field().title).toMatch(/^Not valid JSON: /)
    expect(kit.value()).toEqual({ a: 1 })
  })
})
