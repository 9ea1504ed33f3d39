/** A number for each name that the expression may use. */
export type Variables = { readonly [name: string]: number }

const constants: Variables = { pi: Math.PI, e: Math.E, tau: 2 * Math.PI }
const functions: { readonly [name: string]: { readonly arity: number; readonly of: (...x: number[]) => number } } = {
  abs: { arity: 1, of: Math.abs },
  ceil: { arity: 1, of: Math.ceil },
  floor: { arity: 1, of: Math.floor },
  round: { arity: 1, of: Math.round },
  sqrt: { arity: 1, of: Math.sqrt },
  exp: { arity: 1, of: Math.exp },
  log: { arity: 1, of: Math.log },
  log2: { arity: 1, of: Math.log2 },
  sin: { arity: 1, of: Math.sin },
  cos: { arity: 1, of: Math.cos },
  tan: { arity: 1, of: Math.tan },
  sign: { arity: 1, of: Math.sign },
  pow: { arity: 2, of: Math.pow },
  min: { arity: Infinity, of: Math.min },
  max: { arity: Infinity, of: Math.max },
  clamp: { arity: 3, of: (x, low, high) => Math.min(Math.max(x, low), high) },
  mix: { arity: 3, of: (a, b, t) => a + (b - a) * t },
  if: { arity: 3, of: (condition, then, otherwise) => (condition ? then : otherwise) },
}

interface Operator {
  readonly precedence: number
  readonly of: (a: number, b: number) => number
}
const operators: { readonly [symbol: string]: Operator } = {
  '||': { precedence: 1, of: (a, b) => (a || b ? 1 : 0) },
  '&&': { precedence: 2, of: (a, b) => (a && b ? 1 : 0) },
  '==': { precedence: 3, of: (a, b) => (a === b ? 1 : 0) },
  '!=': { precedence: 3, of: (a, b) => (a !== b ? 1 : 0) },
  '<=': { precedence: 4, of: (a, b) => (a <= b ? 1 : 0) },
  '>=': { precedence: 4, of: (a, b) => (a >= b ? 1 : 0) },
  '<': { precedence: 4, of: (a, b) => (a < b ? 1 : 0) },
  '>': { precedence: 4, of: (a, b) => (a > b ? 1 : 0) },
  '+': { precedence: 5, of: (a, b) => a + b },
  '-': { precedence: 5, of: (a, b) => a - b },
  '*': { precedence: 6, of: (a, b) => a * b },
  '/': { precedence: 6, of: (a, b) => a / b },
  '//': { precedence: 6, of: (a, b) => Math.floor(a / b) },
  '%': { precedence: 6, of: (a, b) => a - Math.floor(a / b) * b },
  '**': { precedence: 8, of: Math.pow },
  '^': { precedence: 8, of: Math.pow },
}
const unaryPrecedence = 7
const deepest = 200

/**
 * The value of an arithmetic expression: + - * / // % ** (or ^), comparisons and && || ! with 1 for true, parentheses,
 * the constants pi, e and tau, and functions such as min, max, clamp, round and if(condition, then, otherwise).
 * Precedence climbing (Richards 1979). Throws a SyntaxError that says where, for a mistake or an unknown name.
 */
export function evaluateExpression(expression: string, variables: Variables = {}): number {
  const parser = new Parser(expression, variables)
  return parser.whole()
}

/** The names that an expression uses beyond functions and constants, each once, in order. */
export function namesIn(expression: string): string[] {
  const names = new Set<string>()
  for (const { text, kind } of tokensOf(expression)) {
    if (kind === 'name' && !Object.hasOwn(functions, text) && !Object.hasOwn(constants, text)) names.add(text)
  }
  return [...names]
}

interface Token {
  readonly kind: 'number' | 'name' | 'symbol' | 'end'
  readonly text: string
  readonly at: number
}

const tokenPattern =
  /\s*(?:(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<name>[A-Za-z_]\w*)|(?<symbol>\*\*|\/\/|[<>=!]=|&&|\|\||[-+*/%^<>!(),]))/y

function tokensOf(expression: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  const end = expression.trimEnd().length
  while (at < end) {
    tokenPattern.lastIndex = at
    const found = tokenPattern.exec(expression)
    if (!found?.groups) {
      const start = expression.length - expression.slice(at).trimStart().length
      throw mistake(expression, start, `${JSON.stringify(expression[start])} means nothing here`)
    }
    at = tokenPattern.lastIndex
    const { number, name, symbol } = found.groups
    const text = number ?? name ?? symbol ?? ''
    tokens.push({
      kind: number !== undefined ? 'number' : name !== undefined ? 'name' : 'symbol',
      text,
      at: at - text.length,
    })
  }
  tokens.push({ kind: 'end', text: '', at: expression.length })
  return tokens
}

function mistake(expression: string, at: number, what: string): SyntaxError {
  return new SyntaxError(`In the expression ${JSON.stringify(expression)}, at character ${at + 1}: ${what}.`)
}

class Parser {
  private readonly expression: string
  private readonly variables: Variables
  private readonly tokens: readonly Token[]
  private next = 0
  private depth = 0

  constructor(expression: string, variables: Variables) {
    this.expression = expression
    this.variables = variables
    this.tokens = tokensOf(expression)
  }

  whole(): number {
    const value = this.operation(0)
    if (this.token.kind !== 'end') throw this.unexpected('an operator or the end')
    return value
  }

  private get token(): Token {
    return this.tokens[this.next] ?? { kind: 'end', text: '', at: this.expression.length }
  }

  private operation(lowest: number): number {
    this.depth++
    if (this.depth > deepest) throw mistake(this.expression, this.token.at, `it is nested more than ${deepest} deep`)
    let left = this.operand()
    for (;;) {
      const { kind, text } = this.token
      const operator = kind === 'symbol' && Object.hasOwn(operators, text) ? operators[text] : undefined
      if (!operator || operator.precedence < lowest) break
      this.next++
      const isPower = text === '**' || text === '^'
      left = operator.of(left, this.operation(isPower ? operator.precedence : operator.precedence + 1))
    }
    this.depth--
    return left
  }

  private operand(): number {
    const { kind, text, at } = this.token
    this.next++
    if (kind === 'number') return Number(text)
    if (kind === 'name') return this.named(text, at)
    if (text === '-') return -this.operation(unaryPrecedence)
    if (text === '+') return this.operation(unaryPrecedence)
    if (text === '!') return this.operation(unaryPrecedence) ? 0 : 1
    if (text === '(') {
      const value = this.operation(0)
      this.expect(')')
      return value
    }
    this.next--
    throw this.unexpected('a number, a name or "("')
  }

  private named(name: string, at: number): number {
    if (this.token.text === '(') return this.call(name, at)
    const value = own(this.variables, name) ?? own(constants, name)
    if (value !== undefined) return value
    const known = [...Object.keys(this.variables), ...Object.keys(constants)]
    throw mistake(this.expression, at, `there is no ${JSON.stringify(name)} (known: ${known.join(', ')})`)
  }

  private call(name: string, at: number): number {
    const called = own(functions, name)
    if (!called) {
      const known = Object.keys(functions).join(', ')
      throw mistake(this.expression, at, `there is no function ${JSON.stringify(name)} (known: ${known})`)
    }
    this.expect('(')
    const given = [this.operation(0)]
    while (this.token.text === ',') {
      this.next++
      given.push(this.operation(0))
    }
    this.expect(')')
    if (called.arity !== Infinity && given.length !== called.arity) {
      throw mistake(this.expression, at, `${name} takes ${called.arity} arguments, but got ${given.length}`)
    }
    return called.of(...given)
  }

  private expect(symbol: string): void {
    if (this.token.text !== symbol) throw this.unexpected(JSON.stringify(symbol))
    this.next++
  }

  private unexpected(expected: string): SyntaxError {
    const { kind, text, at } = this.token
    const found = kind === 'end' ? 'it ends' : `there is ${JSON.stringify(text)}`
    return mistake(this.expression, at, `expected ${expected}, but ${found}`)
  }
}

function own<T>(members: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(members, name) ? members[name] : undefined
}
