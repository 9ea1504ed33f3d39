import { expect, test } from 'vitest'
import { describeInBrowser, sums } from './editor-page.ts'

describeInBrowser('a person who writes Chinese', ({ open }) => {
  test('searches with an input method: Enter takes what it offers, and adds no node', async () => {
    const editor = await open(sums(), { context: { locale: 'zh-CN' } })
    await editor.page.getByRole('button', { name: '运行', exact: true }).waitFor()
    const keys = await editor.page.context().newCDPSession(editor.page)
    await editor.press('Space')
    const field = editor.page.locator('.palette input')
    await field.waitFor()
    await keys.send('Input.imeSetComposition', { text: 'add', selectionStart: 3, selectionEnd: 3 })
    await expect.poll(() => field.inputValue()).toBe('add')
    await editor.page.keyboard.press('Enter')
    expect(await editor.nodes().count()).toBe(3)
    await editor.page.keyboard.press('Escape')
    expect(await field.count()).toBe(1)
    await keys.send('Input.insertText', { text: 'add' })
    await editor.page.keyboard.press('Enter')
    await expect.poll(() => editor.nodes().count()).toBe(4)
  })

  test('sees no English of the editor on its bars and panels', async () => {
    const editor = await open(sums(), { context: { locale: 'zh-CN' } })
    await editor.page.getByRole('button', { name: '运行', exact: true }).waitFor()
    for (const panel of ['节点', '工作流', '任务', '结果']) {
      await editor.page.locator('.rail').getByRole('button', { name: panel, exact: true }).click()
      await editor.page.locator('.side h2').waitFor()
    }
    const words = await editor.page.evaluate(() => {
      const bars = document.querySelectorAll<HTMLElement>('.top-bar, .rail, .side .panel-header, .gallery-bar, .tools')
      const texts = [...bars].flatMap((bar) => [
        bar.innerText,
        ...[...bar.querySelectorAll('[aria-label]')].map((one) => one.getAttribute('aria-label') ?? ''),
      ])
      return texts.flatMap((text) => text.match(/[A-Za-z]{3,}/g) ?? [])
    })
    // The name of the program, of the workflow, and of keys.
    expect(words.filter((word) => !['Patchbay', 'Sums', 'Ctrl', 'Enter'].includes(word))).toEqual([])
  })
})
