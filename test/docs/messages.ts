import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const ROOT = join(__dirname, '../../nodes/KibanaEntityStore');

/** Where the code has the text of a failure: names of properties and variables, and of functions that take it. */
const NAMES = /^(message|text|problem|DOES_NOT_ADD_UP|UNRECOGNISED|LOST_BEFORE)$/;
const FUNCTIONS = /^(itemFailure|overloaded|lost|invalid|refuse|problem|fail)$/;
/** Texts that are not failures: hints in the panel of the node, and the beginnings of messages of Verify. */
const HINTS =
	/^(Ignored: |Left out of |Read back|Unchanged and |Dry run: |Missing from the input and |Kibana deleted |Kibana … the entity$)/;

/** Returns the literal with `…` for every expression inside; undefined for other nodes. */
const wordsOf = (node: ts.Node): string | undefined => {
	if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
	if (!ts.isTemplateExpression(node)) return undefined;
	return [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)].join('…');
};

const isWorded = (node: ts.Node): boolean => {
	const { parent } = node;
	if (ts.isConditionalExpression(parent)) return isWorded(parent);
	if (ts.isPropertyAssignment(parent)) return NAMES.test(parent.name.getText());
	if (ts.isVariableDeclaration(parent)) return NAMES.test(parent.name.getText());
	return (
		ts.isCallExpression(parent) &&
		FUNCTIONS.test(parent.expression.getText().split('.').pop() ?? '') &&
		// The fourth argument is the fix.
		parent.arguments.slice(0, 3).includes(node as ts.Expression)
	);
};

/** Returns every message of a failure in the code of the node, with `…` for the parts that vary. */
export const messagesInCode = (): string[] => {
	const found = new Set<string>();
	for (const file of readdirSync(ROOT, { recursive: true, encoding: 'utf8' })) {
		if (!file.endsWith('.ts') || file.endsWith('.fields.ts')) continue;
		const text = readFileSync(join(ROOT, file), 'utf8');
		const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
		const visit = (node: ts.Node): void => {
			const words = wordsOf(node);
			// A single word is a reason or a kind. A text without words is only a frame.
			if (words?.includes(' ') && /[a-z]{3}/.test(words) && isWorded(node) && !HINTS.test(words)) {
				found.add(words);
			}
			ts.forEachChild(node, visit);
		};
		visit(source);
	}
	return [...found].sort();
};

/** Returns the code of the node as one text. */
export const wholeCode = (): string =>
	readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
		.filter((file) => file.endsWith('.ts'))
		.map((file) => readFileSync(join(ROOT, file), 'utf8'))
		.join('\n');
