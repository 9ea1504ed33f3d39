import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { CaptionError, readCaptionedFolder } from './captioned-folder.ts'

const folders: string[] = []
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })))
})

async function folderWith(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-captions-'))
  folders.push(folder)
  await Promise.all(Object.entries(files).map(([name, content]) => writeFile(join(folder, name), content)))
  return folder
}

async function captionsIn(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const found = await readCaptionedFolder(await folderWith(files))
  return found.map(({ path, caption }) => `${basename(path)}: ${caption}`)
}

async function problemsIn(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const error: unknown = await readCaptionedFolder(await folderWith(files)).catch((caught: unknown) => caught)
  if (error instanceof CaptionError) return error.problems
  throw new Error('The folder was taken as it is')
}

test('a text beside each picture is its caption', async () => {
  expect(await captionsIn({ 'b.png': '', 'b.txt': ' a cat\n', 'a.JPG': '', 'a.txt': 'a dog', 'notes.md': '' })).toEqual(
    ['a.JPG: a dog', 'b.png: a cat'],
  )
})

test('a table is read with quoted commas, doubled quotes, line ends and a byte order mark', async () => {
  const table = '\uFEFFFile_Name,Text\r\na.png,"a ""big"", red\r\ndog"\r\n\r\nb.png,a cat\r\n'
  expect(await captionsIn({ 'captions.csv': table, 'a.png': '', 'b.png': '' })).toEqual([
    'a.png: a "big", red\ndog',
    'b.png: a cat',
  ])
})

test('JSON Lines win over texts beside the pictures', async () => {
  const lines = '{"file_name": "a.png", "text": "from the lines"}\n'
  expect(await captionsIn({ 'metadata.jsonl': lines, 'a.png': '', 'a.txt': 'from the text' })).toEqual([
    'a.png: from the lines',
  ])
})

test('every bad row of JSON Lines is named with its line, not only the first', async () => {
  const lines = [
    '{"file_name": "a.png", "text": "good"}',
    'no json',
    '{"text": "whose?"}',
    '{"file_name": "b.png", "text": "  "}',
    '{"file_name": "missing.png", "text": "x"}',
    '{"file_name": "../secret.png", "text": "x"}',
    '{"file_name": "a.png", "text": "again"}',
    '{"file_name": "a.psd", "text": "x"}',
  ].join('\n')
  expect(await problemsIn({ 'metadata.jsonl': lines, 'a.png': '', 'b.png': '' })).toEqual([
    expect.stringContaining('metadata.jsonl, line 2: no JSON object'),
    expect.stringContaining('line 3: no file name'),
    expect.stringContaining('line 4: "b.png" has no caption'),
    'metadata.jsonl, line 5: there is no "missing.png"',
    expect.stringContaining('line 6: "../secret.png" lies outside the folder'),
    'metadata.jsonl, line 7: "a.png" has a caption already, in line 1',
    expect.stringContaining('line 8: "a.psd" is no picture'),
  ])
})

test('a row with a comma too many says how to quote it, and its line counts quoted line ends', async () => {
  const table = 'file_name,text\na.png,"two\nlines"\nb.png,a cat, a hat\n'
  expect(await problemsIn({ 'captions.csv': table, 'a.png': '', 'b.png': '' })).toEqual([
    'captions.csv, line 4: 3 cells where the header has 2; put captions with commas in double quotes',
  ])
})

test('a header without the needed names says which', async () => {
  expect(await problemsIn({ 'captions.csv': 'image,words\na.png,x' })).toEqual([
    'captions.csv, line 1: the header is image,words, but needs text or caption or prompt',
  ])
})

test('pictures without a caption are all named', async () => {
  expect(await problemsIn({ 'a.png': '', 'b.png': '', 'b.txt': ' ' })).toEqual([
    'a.png: there is no a.txt beside it',
    'b.txt is empty',
  ])
})

test('a folder without pictures is no data set', async () => {
  expect(await problemsIn({ 'readme.md': '' })).toEqual(['it holds no picture'])
})

test('captions in UTF-16 are read, and those in another encoding are named', async () => {
  const table = 'file_name,text\r\na.png,café\r\n'
  const utf16 = await folderWith({ 'a.png': '', 'metadata.csv': Buffer.from(`\ufeff${table}`, 'utf16le') })
  expect((await readCaptionedFolder(utf16)).map(({ caption }) => caption)).toEqual(['café'])
  const latin = await folderWith({ 'a.png': '', 'metadata.csv': Buffer.from(table, 'latin1') })
  await expect(readCaptionedFolder(latin)).rejects.toThrow('metadata.csv is text of another encoding: save it as UTF-8')
  const text = await folderWith({ 'a.png': '', 'a.txt': Buffer.from('café', 'latin1') })
  await expect(readCaptionedFolder(text)).rejects.toThrow('a.txt is text of another encoding: save it as UTF-8')
})
