import { startKibana, type TestKibana } from '../../../sandbox/kibana/server';
import type { Execution } from '../../../sandbox/n8n/rest';
import { COMPLEX, PATHS } from '../../properties/expressions';
import { VERSION, type Installed } from './installed';
import { connect, credentialData, node, START, startWith, workflowOf, writeNode } from './workflow';

const MINUTE = 60_000;
const TRIGGER = 'Trigger';

/** Items whose fields have every kind of value that the expressions tell apart. */
const ITEMS = [
	{ id: 'u0', a: 'text', email: 'jane@example.com', profile: { b: 'inner' }, tags: ['x', 'y'] },
	{
		id: 'u1',
		a: 42,
		email: '7',
		profile: { b: 3 },
		'last login': '2026-01-02T03:04:05Z',
		tags: [],
	},
	{ id: 'u2', a: null, email: '', profile: null, 'last login': 'never', tags: 'one, two' },
	{ id: 'u3', a: { b: { c: 1 } }, email: ['a', 'b'], profile: { b: [1] }, tags: { first: true } },
	{ id: 'u4', a: true, email: '{"a":1}' },
];

const P = PATHS[0] ?? '';
const Q = PATHS[1] ?? '';

/** Shapes of text around an expression, and paths alone, beside the list that is shared. */
const TEXTS = [
	'={{ $json.a }}',
	'={{ $json.profile.b }}',
	'={{ $json["last login"] }}',
	'={{ $json.tags[0] }}',
	'={{ $json.profile?.b }}',
	'=Mr {{ $json.a }}',
	'={{ $json.a }}{{ $json.email }}',
	'={{ $json.a }} ',
	'=plain text',
	'fixed',
];

/** Of one node all have another value than of the next. */
const isAboutTheNode = (expression: string): boolean => expression.includes('$parameter');

const EXPRESSIONS = [
	...COMPLEX.map((build) => `={{ ${build(P, Q)} }}`),
	...COMPLEX.map((build) => `={{ ${build('$json.tags', '$json.profile.b')} }}`),
	...TEXTS,
].filter(
	(expression, index, all) => !isAboutTheNode(expression) && all.indexOf(expression) === index,
);

/** On old n8n what one node changes in an item is seen by the others, so these run alone. */
const changesItem = (expression: string): boolean =>
	/\.(push|sort|reverse)\(|\.extra = /.test(expression);

const editName = (index: number) => `Edit ${index}`;
const behindName = (index: number) => `Behind ${index}`;
const ownName = (index: number) => `Own ${index}`;

/** Edit Fields hands on a value as it is when it cannot convert it to the type, here a list. */
const editFields = (name: string, expression: string) =>
	node(
		name,
		'set',
		3.4,
		[440, 200],
		{
			assignments: {
				assignments: [{ id: '1', name: 'v', type: 'array', value: expression }],
			},
			includeOtherFields: true,
			options: { ignoreConversionErrors: true },
		},
		{ onError: 'continueRegularOutput' },
	);

/** What the node makes of expressions, beside what n8n's Edit Fields makes of them. */
export const describeExpressions = (installed: Installed): void => {
	describe('an expression in the mapping', () => {
		let kibana: TestKibana;
		let credentialId: string;

		beforeAll(async () => {
			kibana = await startKibana({ api: 'v2' });
			credentialId = await installed.client.createCredential(
				'Kibana',
				'kibanaEntityStoreApi',
				credentialData(kibana),
			);
		});

		afterAll(async () => await kibana?.stop());

		const write = (name: string, expression: string) =>
			writeNode(
				name,
				credentialId,
				{ 'user.name': '={{ $json.id }}', 'user.roles': expression },
				{ onError: 'continueRegularOutput', force: true, options: { dryRun: true } },
			);

		/** The items come from a node named Start, as the expressions say. */
		const run = async (
			expressions: readonly string[],
			readers: ReadonlyArray<'edit' | 'own'> = ['edit', 'own'],
		): Promise<Execution> => {
			const [trigger, items] = startWith(ITEMS);
			const edits = readers.includes('edit');
			const owns = readers.includes('own');
			const nodes = [
				{ ...trigger, name: TRIGGER },
				{ ...items, name: START },
				...expressions.flatMap((expression, index) => [
					...(edits
						? [editFields(editName(index), expression), write(behindName(index), '={{ $json.v }}')]
						: []),
					...(owns ? [write(ownName(index), expression)] : []),
				]),
			].map((one, index) => ({
				...one,
				id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
			})) as Parameters<typeof workflowOf>[1];
			const indexes = [...expressions.keys()];
			const workflow = workflowOf('Expressions', nodes, {
				...connect({
					[TRIGGER]: [[START]],
					[START]: [
						indexes.flatMap((index) => [
							...(edits ? [editName(index)] : []),
							...(owns ? [ownName(index)] : []),
						]),
					],
					...(edits &&
						Object.fromEntries(indexes.map((index) => [editName(index), [[behindName(index)]]]))),
				}),
			});
			const id = await installed.client.createWorkflow(workflow);
			const execution = await installed.client.run(id, TRIGGER);
			expect(execution.status).toBe('success');
			return execution;
		};

		interface Compared {
			readonly expression: string;
			readonly edited: ReturnType<Execution['itemsOf']>;
			readonly behind: ReturnType<Execution['itemsOf']>;
			readonly own: ReturnType<Execution['itemsOf']>;
		}

		const readAll = async (): Promise<Compared[]> => {
			const together = EXPRESSIONS.filter((expression) => !changesItem(expression));
			const execution = await run(together);
			const compared: Compared[] = together.map((expression, index) => ({
				expression,
				edited: execution.itemsOf(editName(index)),
				behind: execution.itemsOf(behindName(index)),
				own: execution.itemsOf(ownName(index)),
			}));
			for (const expression of EXPRESSIONS.filter(changesItem)) {
				const theirs = await run([expression], ['edit']);
				compared.push({
					expression,
					edited: theirs.itemsOf(editName(0)),
					behind: theirs.itemsOf(behindName(0)),
					own: (await run([expression], ['own'])).itemsOf(ownName(0)),
				});
			}
			return compared;
		};

		it(
			'has the value that Edit Fields gives it, or fails where that fails',
			async () => {
				const differences: object[] = [];
				let failing = 0;
				const outputs = new Set<string>();
				for (const { expression, edited, behind, own } of await readAll()) {
					for (const [at, item] of ITEMS.entries()) {
						const theirs = edited[at]?.json;
						const ours = own[at]?.json as { details?: { reason?: string } } | undefined;
						if (theirs !== undefined && theirs.error !== undefined) {
							failing += 1;
							if (ours?.details?.reason !== 'expression') {
								differences.push({ expression, item, edit: theirs.error, ours });
							}
							continue;
						}
						const expected = behind[at]?.json;
						outputs.add(JSON.stringify(ours));
						try {
							expect(ours).toEqual(expected);
							expect(ours).toBeDefined();
						} catch {
							differences.push({ expression, item, expected, ours, theirs });
						}
					}
				}
				expect(differences).toEqual([]);
				expect(EXPRESSIONS.length).toBeGreaterThan(90);
				expect(failing).toBeGreaterThan(0);
				// That the values differ from one another shows that there is something to compare.
				expect(outputs.size).toBeGreaterThan(80);
			},
			5 * MINUTE,
		);

		it('sees other nodes as far as n8n lets it', async () => {
			const execution = await run(["={{ $('Start').item.json.id }}"]);
			const seen = execution
				.itemsOf(editName(0))
				.map(({ json }) => (json.error === undefined ? json.v : 'error'));
			// With its isolated engine n8n 1.123 answers null for the items of other nodes, to any node.
			const isBlind = VERSION.startsWith('1.123.');
			expect(seen).toEqual(ITEMS.map(({ id }) => (isBlind ? null : id)));
		});
	});
};
