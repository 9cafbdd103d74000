import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
	ENTITY_TYPES,
	FIELDS_OF,
	GENERATION_NAMES,
	type EntityType,
} from '../../nodes/KibanaEntityStore/entity/fields';
import { MATCH_FIELDS } from '../../nodes/KibanaEntityStore/actions/entity/read/parameters';
import { AGENT_EXAMPLES, ALL_EXAMPLES, fileOf } from '.';
import { AGENT_NODES } from './agent';
import { mirror } from './mirror';
import { okta } from './okta';
import { FAILURES, type Example, type WorkflowNode } from './workflow';

/** Workflows that run without a language model. */
const ALL = ALL_EXAMPLES.filter((example) => !AGENT_EXAMPLES.includes(example));

const ROOT = join(__dirname, '../..');

const ours = (nodes: readonly WorkflowNode[]) =>
	nodes.filter(({ type }) => type.endsWith('.kibanaEntityStore'));

type Connections = Record<string, { main: Array<Array<{ node: string }>> }>;

interface Parameters {
	readonly entityType: EntityType | 'mixed';
	readonly force: boolean;
	readonly options: { readonly dryRun?: boolean; readonly output?: string };
	readonly [mapper: `${string}Fields`]: {
		readonly value: object;
		readonly schema: ReadonlyArray<{ id: string }>;
	};
}

const expectNote = (nodes: readonly WorkflowNode[]): void => {
	const [note] = nodes.filter(({ type }) => type === 'n8n-nodes-base.stickyNote');
	const { content } = note?.parameters as { content: string };
	expect(content).toMatch(/\*\*To try it:\*\*/);
	expect(content).toMatch(/\*\*To use it\*\*/);
	const names = nodes.map(({ name }) => name);
	for (const [, bold = ''] of content.matchAll(/^\d\. \*\*(.+?)\*\*/gm)) {
		expect(names).toContain(bold);
	}
};

interface Finding {
	readonly resource: string;
	readonly operation: string;
	readonly matchFields?: object;
}

/** Whether a node writes entities, and so has a mapper. */
const isWriting = (parameters: object): boolean => {
	const { resource, operation } = parameters as Finding;
	return resource === 'entity' && ['create', 'update', 'upsert'].includes(operation);
};

describe('the example workflows', () => {
	it('are committed as they are built, and no others are (npm run examples writes them)', () => {
		const files = ALL_EXAMPLES;
		for (const example of files) {
			expect(readFileSync(join(ROOT, 'examples', example.file), 'utf8')).toBe(fileOf(example));
		}
		const expected = ['okta-users-to-entity-store.json', ...files.map(({ file }) => file)];
		expect(readdirSync(join(ROOT, 'examples')).sort()).toEqual(expected.sort());
	});

	describe.each(ALL.map((example) => [example.file, example.workflow] as const))(
		'%s',
		(_, { nodes, pinData, connections }) => {
			it('says in a note what it does and what to fill in', () => expectNote(nodes));

			it('runs without an account: what calls out is pinned', () => {
				const callOut = nodes.filter(({ type }) =>
					/\.(okta|microsoftEntra|httpRequest|jira|slack|webhook|kibanaEntityStoreTrigger)$/.test(
						type,
					),
				);
				expect(callOut.length).toBeGreaterThan(0);
				for (const { name } of callOut) expect(pinData[name]?.length).toBeGreaterThan(0);
				expect(nodes.filter(({ credentials }) => credentials !== undefined)).toEqual([]);
			});

			it('leads the failures of every node that writes to the team', () => {
				const behind = (name: string, output: number): string[] =>
					((connections as Connections)[name]?.main[output] ?? []).map((target) => target.node);
				const trailFrom = (name: string, output: number): string[] => {
					const trail = [...behind(name, output)];
					for (const next of trail) trail.push(...behind(next, 0));
					return trail;
				};
				for (const { name, onError, parameters } of ours(nodes)) {
					if ((parameters as Parameters).options.output === 'summary') {
						// The failures are counted in the summary, and leave by no output of their own.
						expect(onError).toBe('continueRegularOutput');
						expect(trailFrom(name, 0).at(-1)).toBe(FAILURES.notify);
					} else {
						expect(onError).toBe('continueErrorOutput');
						expect(trailFrom(name, 1).slice(-4)).toEqual(Object.values(FAILURES));
					}
				}
			});

			it('maps fields that every Kibana knows, and forces where it writes protected ones', () => {
				const writing = ours(nodes).filter(({ parameters }) => isWriting(parameters));
				for (const { parameters } of writing) {
					const { entityType, force, ...others } = parameters as Parameters;
					const types = entityType === 'mixed' ? ENTITY_TYPES : [entityType];
					const fields = others[`${entityType}Fields`];
					expect(Object.keys(others).filter((name) => name.endsWith('Fields'))).toHaveLength(1);
					for (const path of Object.keys(fields?.value ?? {})) {
						for (const generation of GENERATION_NAMES) {
							const known = types.flatMap(
								(type) => FIELDS_OF[generation][type].byPath.get(path) ?? [],
							);
							expect([path, generation, known.length > 0]).toEqual([path, generation, true]);
						}
						expect(fields?.schema.map(({ id }) => id)).toContain(path);
					}
					expect(force).toBe(true);
					expect(others.options.dryRun).toBe(true);
				}
			});

			it('has no mapping where nothing is written, finds by known fields, and deletes only when told', () => {
				for (const { parameters } of ours(nodes).filter((one) => !isWriting(one.parameters))) {
					const { matchFields = {}, options, ...others } = parameters as Parameters & Finding;
					const mappers = ENTITY_TYPES.map((type) => `${type}Fields`);
					expect(Object.keys(others).filter((name) => mappers.includes(name))).toEqual([]);
					const known = MATCH_FIELDS.map(({ name }) => name);
					expect(known).toEqual(expect.arrayContaining(Object.keys(matchFields)));
					if (others.operation === 'deleteMissing') expect(options.dryRun).toBe(true);
				}
			});
		},
	);
});

describe.each(AGENT_EXAMPLES.map((example) => [example.file, example.workflow] as const))(
	'%s',
	(_, { nodes, pinData }) => {
		const tools = nodes.filter(({ type }) => type.endsWith('.kibanaEntityStoreTool'));

		it('says in a note what it does and what to fill in, and has a sample message', () => {
			expectNote(nodes);
			expect(pinData[AGENT_NODES.chat]).toHaveLength(1);
			expect(nodes.filter(({ credentials }) => credentials !== undefined)).toEqual([]);
		});

		it('lets the model hear of failures, and writes nothing at first', () => {
			expect(tools.map(({ name }) => name)).toEqual([AGENT_NODES.get, AGENT_NODES.mark]);
			for (const { onError } of tools) expect(onError).toBe('continueRegularOutput');
			const mark = tools.find(({ name }) => name === AGENT_NODES.mark);
			expect(mark?.parameters).toMatchObject({ force: true, options: { dryRun: true } });
		});

		it('describes each tool and each of its arguments to the model', () => {
			for (const { parameters } of tools) {
				expect((parameters as { toolDescription: string }).toolDescription.length).toBeGreaterThan(
					50,
				);
				const calls = JSON.stringify(parameters).match(/\$fromAI\([^)]*\)/g) ?? [];
				expect(calls.length).toBeGreaterThan(1);
				for (const call of calls) {
					expect(call).toMatch(/^\$fromAI\('[a-zA-Z]+', '[^']{40,}', 'string', ''\)$/);
				}
			}
		});
	},
);

describe('the message about failures', () => {
	const codeOf = ({ workflow }: Example = okta): string => {
		const gather = workflow.nodes.find(({ name }) => name === FAILURES.gather);
		return (gather?.parameters as { jsCode: string }).jsCode;
	};

	/** Runs the code of the node as n8n does, with what it can reach there. */
	const messageOf = (failed: readonly object[], written: number, example?: Example) => {
		const run = new Function('$input', '$', codeOf(example)) as (
			input: object,
			node: (name: string) => object,
		) => Array<{ json: { text: string; written: number } }>;
		const input = { all: () => failed.map((json) => ({ json })) };
		return run(input, () => ({ isExecuted: true, all: () => new Array(written).fill({}) }))[0]
			?.json;
	};

	it('counts the reasons and lists the first ten, however many there are', () => {
		const failed = Array.from({ length: 5_000 }, (_, index) => ({
			profile: { login: `user-${index}` },
			error: 'Kibana could not be reached (ECONNREFUSED)',
			message: 'Check that Kibana runs',
			details: { reason: index === 0 ? 'invalidRecord' : 'unreachable' },
		}));
		const lines = messageOf(failed, 0)?.text.split('\n') ?? [];
		expect(lines).toHaveLength(15);
		expect(lines.slice(0, 5)).toEqual([
			'5000 of 5000 entities could not be written to Kibana:',
			'1 × invalidRecord',
			'4999 × unreachable',
			'',
			'user-0: Kibana could not be reached (ECONNREFUSED). Check that Kibana runs',
		]);
		expect(lines.at(-1)).toBe('… and 4990 more');
	});

	it('knows how many were written, so that the execution fails where none was', () => {
		const failed = [{ error: 'x', details: { reason: 'refused', entityId: 'user:jane' } }];
		expect(messageOf(failed, 3)).toMatchObject({ written: 3 });
		expect(messageOf(failed, 3)?.text).toMatch(/^1 of 4 entities[^]*user:jane: x$/);
		expect(messageOf(failed, 0)).toMatchObject({ written: 0 });
	});

	it('says of a guard that nobody was deleted, in place of the user whose item carries it', () => {
		const profile = { login: 'jane.doe@example.com' };
		const error = '20 of 40 entities in scope would be deleted: 50 %, more than the 10 % allowed';
		const failed = [{ profile, error, details: { reason: 'tooMany' } }];
		const lines = messageOf(failed, 20, mirror)?.text.split('\n');
		expect(lines?.[0]).toMatch(/entities could not be mirrored in Kibana:$/);
		expect(lines?.slice(1)).toEqual(['1 × tooMany', '', `Nobody was deleted: ${error}`]);
	});
});
