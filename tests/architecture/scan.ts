import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import ts from 'typescript'

export const root = resolve(import.meta.dirname, '../..')
export const packages = ['engine', 'onnx', 'nodes', 'client', 'server', 'editor'] as const

export const isTest = (file: string): boolean =>
  /\.(test|test-d|contract)\.tsx?$/.test(file) || file.includes('/testing')
/** Written by a tool from another source. */
export const isGenerated = (file: string): boolean => file.includes('/generated/')
export const inFolder = (file: string, folder: string): boolean => file.startsWith(`${folder}/`)

export function sourcesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
}

export const textOf = (file: string): string => readFileSync(join(root, file), 'utf8')

const parsedFiles = new Map<string, ts.SourceFile>()
/** The syntax tree of a file. */
export function treeOf(file: string): ts.SourceFile {
  const parsed = parsedFiles.get(file) ?? ts.createSourceFile(file, textOf(file), ts.ScriptTarget.Latest, true)
  parsedFiles.set(file, parsed)
  return parsed
}

const importsByFile = new Map<string, readonly string[]>()
/** Every module that a file imports, exports from or loads, type imports included. */
export function importsOf(file: string): readonly string[] {
  const imports =
    importsByFile.get(file) ?? ts.preProcessFile(textOf(file), true, true).importedFiles.map(({ fileName }) => fileName)
  importsByFile.set(file, imports)
  return imports
}

/** The files of this repository that a file imports. */
export function neighboursOf(file: string): string[] {
  return importsOf(file)
    .filter((name) => name.startsWith('.'))
    .map((name) =>
      relative(root, resolve(root, dirname(file), name))
        .split(sep)
        .join('/'),
    )
}

/** Groups of files that import one another, type imports included: Tarjan (1972), strongly connected components. */
export function circlesAmong(files: readonly string[]): string[][] {
  const among = new Set(files)
  const indexes = new Map<string, number>()
  const lows = new Map<string, number>()
  const stack: string[] = []
  const circles: string[][] = []
  const visit = (file: string): void => {
    const index = indexes.size
    indexes.set(file, index)
    lows.set(file, index)
    stack.push(file)
    for (const next of neighboursOf(file)) {
      if (!among.has(next)) continue
      if (!indexes.has(next)) visit(next)
      if (stack.includes(next)) lows.set(file, Math.min(lows.get(file) ?? index, lows.get(next) ?? index))
    }
    if (lows.get(file) !== index) return
    const circle = stack.splice(stack.indexOf(file))
    if (circle.length > 1) circles.push(circle.sort())
  }
  for (const file of files) if (!indexes.has(file)) visit(file)
  return circles
}

export interface MeasuredFunction {
  readonly name: string
  readonly lines: number
}

/** Every named function of a file of at least so many lines, with the lines from its head to its end. */
export function functionsOf(file: string, atLeast = 0): MeasuredFunction[] {
  // A file that is shorter holds none, and need not be parsed, which takes long for all of them.
  if (textOf(file).split('\n').length < atLeast) return []
  const tree = treeOf(file)
  const functions: MeasuredFunction[] = []
  const visit = (node: ts.Node): void => {
    const name = nameOf(node)
    if (name !== undefined) {
      const first = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line
      functions.push({ name, lines: tree.getLineAndCharacterOfPosition(node.end).line - first + 1 })
    }
    ts.forEachChild(node, visit)
  }
  visit(tree)
  return functions
}

function nameOf(node: ts.Node): string | undefined {
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isAccessor(node)) return node.name?.getText()
  if (ts.isConstructorDeclaration(node)) return 'constructor'
  if (!ts.isArrowFunction(node) && !ts.isFunctionExpression(node)) return undefined
  const { parent } = node
  const isNamed =
    ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)
  return isNamed ? parent.name.getText() : undefined
}

/** Exported types that are whatever a function happens to return: nothing else could be written against them. */
export function returnTypesExportedBy(file: string): string[] {
  if (!textOf(file).includes('ReturnType<typeof create')) return []
  return treeOf(file)
    .statements.filter((statement) => ts.isTypeAliasDeclaration(statement))
    .filter((alias) => alias.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true)
    .filter(({ type }) => ts.isTypeReferenceNode(type) && /^(Awaited<)?ReturnType<typeof create/.test(type.getText()))
    .map(({ name }) => name.text)
}

/** Lines of comments that are wider than `columns`, with their numbers. */
export function wideCommentLines(file: string, columns: number): number[] {
  const lines = textOf(file).split('\n')
  return lines.flatMap((line, index) => (line.length > columns && /^\s*(\/\/|\/\*|\*)/.test(line) ? [index + 1] : []))
}
