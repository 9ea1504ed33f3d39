// Lint rules that no plugin has and that keep the code in one hand. Two mend what they find (`npm run lint -- --fix`).
import { ESLintUtils } from '@typescript-eslint/utils'
import ts from 'typescript'

/** One more is `i++`, where the value of the expression is not used: not `++i` and not `i += 1`. */
const increment = {
  meta: {
    type: 'suggestion',
    fixable: 'code',
    schema: [],
    messages: { increment: 'Write {{ better }}.' },
  },
  create(context) {
    const report = (node, target, sign) => {
      const better = `${context.sourceCode.getText(target)}${sign}${sign}`
      context.report({
        node,
        messageId: 'increment',
        data: { better },
        fix: (fixer) => fixer.replaceText(node, better),
      })
    }
    const isUnused = ({ parent }, node) =>
      parent.type === 'ExpressionStatement' || (parent.type === 'ForStatement' && parent.update === node)
    return {
      UpdateExpression(node) {
        if (node.prefix && isUnused(node, node)) report(node, node.argument, node.operator[0])
      },
      AssignmentExpression(node) {
        const isOne = node.right.type === 'Literal' && node.right.value === 1
        if (!isOne || !isUnused(node, node)) return
        if (node.operator === '+=' || node.operator === '-=') report(node, node.left, node.operator[0])
      },
    }
  },
}

const plain = ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike | ts.TypeFlags.BooleanLike | ts.TypeFlags.BigIntLike

/** A template turns numbers, booleans and bigints into text by itself. */
const plainTemplate = {
  meta: {
    type: 'suggestion',
    fixable: 'code',
    schema: [],
    messages: { plain: 'A template makes a string of this by itself: write ${ {{ argument }} }.' },
  },
  create(context) {
    const services = ESLintUtils.getParserServices(context, true)
    if (!services.program) return {}
    const isPlain = (type) =>
      type.isUnion() ? type.types.every(isPlain) : (type.flags & plain) !== 0 && (type.flags & ts.TypeFlags.Any) === 0
    return {
      'TemplateLiteral > CallExpression[callee.name="String"][arguments.length=1]'(node) {
        const [argument] = node.arguments
        if (node.parent.parent.type === 'TaggedTemplateExpression') return
        if (!isPlain(services.getTypeAtLocation(argument))) return
        const text = context.sourceCode.getText(argument)
        context.report({
          node,
          messageId: 'plain',
          data: { argument: text },
          fix: (fixer) => fixer.replaceText(node, text),
        })
      },
    }
  },
}

/** `values[i] ?? 0` makes a silent zero of an index past the end, which is a fault of whoever wrote the index. */
const silentZero = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      zero: 'An index past the end must not become a zero: use numberAt of @patchbay/onnx/tensor, or a default that says why.',
    },
  },
  create(context) {
    const services = ESLintUtils.getParserServices(context, true)
    if (!services.program) return {}
    const checker = services.program.getTypeChecker()
    const isList = (type) =>
      checker.isArrayLikeType(type) ||
      /^(Uint|Int|Float|BigInt|BigUint)\d+(Clamped)?Array$/.test(type.symbol?.name ?? '')
    return {
      'LogicalExpression[operator="??"][left.type="MemberExpression"][left.computed=true][left.optional=false][right.value=0]'(
        node,
      ) {
        const type = services.getTypeAtLocation(node.left.object)
        const isNumbers = checker.typeToString(services.getTypeAtLocation(node.left)) === 'number | undefined'
        if (isNumbers && isList(type)) context.report({ node, messageId: 'zero' })
      },
    }
  },
}

export default { rules: { increment, 'silent-zero': silentZero, 'plain-template': plainTemplate } }
